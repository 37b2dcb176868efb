"""The console is a client of our own: one signs in to it as to any other, and it ends with the session."""

from datetime import timedelta

import pytest

from idp.admin.console.policy import CERTIFICATE_LEVEL
from idp.models import UserSession
from tests.admin.console.people import Desk, token_of


def test_page_that_was_asked_for_opens_after_sign_in(desk: Desk) -> None:
    browser = desk.provider.browser()
    browser.get(desk.address("keys"))
    assert browser.page.title.startswith("Sign in to Administration")
    browser.press("Sign in", username="root", password="administrator-password")

    assert browser.page.url.endswith(desk.address("keys"))


def test_console_ends_with_its_session(desk: Desk) -> None:
    """*Sign out* takes the cookie back on the server, too: a copy of it opens nothing."""
    browser = desk.sign_in()
    copy = browser.client.cookies["idp-console-master"]
    page = browser.press("Sign out")
    assert page.title == "You are signed out"
    browser.client.cookies.set("idp-console-master", copy)

    assert browser.get(desk.address("")).title.startswith("Sign in to")


def test_cookie_of_one_realm_opens_no_other(desk: Desk) -> None:
    browser = desk.sign_in()
    browser.client.cookies.set("idp-console-demo", browser.client.cookies["idp-console-master"])

    assert browser.get(desk.address("", home="demo")).title.startswith("Sign in to")


def test_cookie_of_the_dashboard_opens_no_console(desk: Desk) -> None:
    browser = desk.sign_in()
    browser.get("/realms/master/account/")
    browser.client.cookies.set("idp-console-master", browser.client.cookies["idp-account-master"])

    assert browser.client.get(desk.address("")).status_code == 303


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=y", "?error=access_denied", "?state=%00"])
def test_callback_of_a_stranger_begins_anew(desk: Desk, query: str) -> None:
    page = desk.provider.browser().get(f"/admin/master/console/_/callback{query}")

    assert page.status in {200, 400}


def test_what_is_dangerous_takes_a_recent_sign_in(desk: Desk) -> None:
    """After a quarter of an hour the password is asked for again; then the page is there again, and works."""
    browser = desk.sign_in()
    browser.get(desk.address("sessions/end-all"))
    desk.provider.clock.advance(timedelta(minutes=16))
    page = browser.press("End all sessions", confirmation="demo")

    assert page.title.startswith("Sign in to")
    assert desk.events("admin:session:end-all") == []
    browser.press("Sign in", password="administrator-password")
    assert browser.page.title == "End all sessions?"
    browser.press("End all sessions", confirmation="demo")
    assert len(desk.events("admin:session:end-all")) == 1


@pytest.mark.parametrize("realm", ["master", "demo"])
def test_console_may_demand_a_certificate(desk: Desk, realm: str) -> None:
    """Where the realm that is looked at says so, or the one signed in to, a password alone opens nothing."""
    browser = desk.sign_in()
    assert browser.get(desk.address("")).status == 200
    desk.change_realm(realm, console_certificate_required=True)
    try:
        page = browser.get(desk.address(""))
        assert page.title == "You need a certificate"
        assert browser.client.get(desk.address("events/export/csv")).status_code == 303
    finally:
        desk.change_realm(realm, console_certificate_required=False)
    assert browser.get(desk.address("")).status == 200


def test_certificate_alone_opens_no_console(desk: Desk) -> None:
    """Also where people may sign in with one: the password is asked for as well, and there is no going round in circles."""
    browser = desk.sign_in()
    desk.change_realm("master", certificate_first=True)
    try:
        with desk.provider.services.database.transaction() as session:
            for row in session.query(UserSession).filter_by(ended_at=None):
                row.amr = ["x509"]
        assert browser.get(desk.address("")).title.startswith("Sign in to")
    finally:
        desk.change_realm("master", certificate_first=False)


def test_nobody_locks_themselves_out(desk: Desk) -> None:
    """Certificates are demanded only by somebody who has just shown one."""
    browser = desk.sign_in()
    browser.get(desk.address("settings/general"))
    page = browser.press("Save Changes", console_certificate_required="yes")

    assert page.status == 409
    assert "lock yourself out" in page.text
    assert not desk.realm().console_certificate_required


def test_console_opens_with_a_certificate(desk: Desk) -> None:
    """The certificate step raises the session, and then the console may demand it."""
    browser = desk.sign_in()
    with desk.provider.services.database.transaction() as session:
        for row in session.query(UserSession).filter_by(ended_at=None):
            row.acr = CERTIFICATE_LEVEL
    browser.get(desk.address("settings/general"))
    page = browser.press("Save Changes", console_certificate_required="yes")
    try:
        assert "Saved." in page.text
        assert browser.get(desk.address("")).status == 200
    finally:
        desk.change_realm(console_certificate_required=False)


@pytest.mark.parametrize("path", ["/admin/master/console", "/admin/master/console/demo"])
def test_address_without_slash_leads_to_the_one_with_it(desk: Desk, path: str) -> None:
    assert desk.provider.browser().client.get(path).headers["location"].endswith(f"{path}/")


def test_realm_called_console_is_the_apis(desk: Desk) -> None:
    """The REST API's addresses are never the console's."""
    for path in ("/admin/realms/console/keys", "/admin/realms/console/", "/admin/realms/console/x/events"):
        answer = desk.provider.browser().client.get(path)
        assert "/protocol/openid-connect/auth" not in answer.headers.get("location", "")
        assert answer.headers["content-type"] == "application/json" or answer.status_code in {307, 404}


def test_token_is_the_pages(desk: Desk) -> None:
    assert len(token_of(desk.sign_in().page)) > 20
