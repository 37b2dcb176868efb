"""Who is let in: each page declares what it takes, and nobody gets further than their roles."""

from typing import Any

import pytest

from idp.admin.console.policy import ANY_ROLE
from idp.admin.console.routes import build_routes, list_pages
from idp.users.management_roles import MANAGEMENT_ROLES
from tests.admin.console.pages import BARE, PAGES
from tests.admin.console.people import Desk, token_of
from tests.provider import Browser

OUTSIDE = {"", "_/callback", "_/realms", "_/sign-out", "_/language"}
"""Routes that are about no managed realm."""


@pytest.fixture(scope="module")
def outsider(desk: Desk) -> Browser:
    """Somebody with one role over demo that opens no page but the overview."""
    desk.plant_event()
    desk.hire("olga", home="demo", roles=["query-realms"])
    return desk.sign_in("olga", home="demo")


def test_every_route_has_a_policy(desk: Desk) -> None:
    """Each route is one of the few without a realm, or made of a page that names the role for GET and for POST."""
    services = desk.provider.services
    pages = {page.path: page for page in list_pages(services)}
    paths = {route.path.removeprefix("/admin/{realm}/console/") for route in build_routes(services)}

    assert paths - {"/admin/{realm}/console", "{managed}"} == OUTSIDE | {f"{{managed}}/{path}" for path in pages}
    for page in pages.values():
        assert page.view == ANY_ROLE or page.view in MANAGEMENT_ROLES
        assert (page.submit is None) == (page.manage == "")
        assert page.submit is None or page.manage in MANAGEMENT_ROLES


@pytest.mark.parametrize(("path", "address"), [*PAGES.items(), *BARE.items()])
def test_page_tells_which_role_is_missing(desk: Desk, outsider: Browser, path: str, address: str) -> None:
    page = next(page for page in list_pages(desk.provider.services) if page.path == path)
    shown = outsider.get(desk.address(address, home="demo"))

    if page.view == ANY_ROLE:
        assert shown.status == 200
    else:
        assert shown.status == 403
        assert f"<code>{page.view}</code>" in shown.html


def test_form_takes_the_role_that_manages(desk: Desk) -> None:
    """Whoever may only look sees no button, and a form that is sent anyway is refused."""
    desk.hire("vera", home="demo", roles=["view-realm", "view-users", "view-mail"])
    browser = desk.sign_in("vera", home="demo")
    page = browser.get(desk.address("settings/certificates", home="demo"))
    token = token_of(page)

    assert page.status == 200
    assert "Save Changes" not in page.text
    for path, role in (
        ("settings/certificates", "manage-realm"),
        ("settings/enabled", "manage-realm"),
        ("keys", "manage-realm"),
        ("themes", "manage-realm"),
        ("undo", "manage-realm"),
        ("users", "manage-users"),
        ("users/new", "manage-users"),
        ("users/bulk", "manage-users"),
        ("users/import", "manage-users"),
        ("users/x/details", "manage-users"),
        ("users/x/unlock", "manage-users"),
        ("sessions", "manage-users"),
        ("sessions/end-all", "manage-users"),
        ("mail", "manage-mail"),
        ("mail/templates/login_failed", "manage-mail"),
        ("clients/new/web", "create-client"),
        ("registration-tokens", "manage-clients"),
        ("roles/new", "manage-realm"),
        ("roles/x/parts", "manage-realm"),
        ("clients/x/roles/new", "manage-clients"),
        ("users/x/roles", "manage-users"),
        ("users/x/groups", "manage-users"),
        ("groups/new", "manage-users"),
        ("groups/x/members", "manage-users"),
        ("groups/x/default", "manage-realm"),
        ("scopes/new", "manage-clients"),
        ("clients/x/scopes", "manage-clients"),
    ):
        refused = browser.post(desk.address(path, home="demo"), {"csrf_token": token, "certificate_policy": "off"})
        assert refused.status == 403, path
        assert f"<code>{role}</code>" in refused.html
    assert desk.realm().certificate_policy == "optional"


def test_navigation_shows_what_may_be_seen(desk: Desk) -> None:
    desk.hire("evan", home="demo", roles=["view-events"])
    page = desk.sign_in("evan", home="demo").page

    assert "Sign-ins today" in page.text
    assert "Mail waiting" not in page.text
    assert "/console/demo/events" in page.html
    for path in ("mail", "keys", "settings", "sessions", "themes"):
        assert f"/console/demo/{path}" not in page.html


def test_administrators_of_a_realm_see_no_other(desk: Desk) -> None:
    """Whether a realm exists is not told either."""
    desk.hire("rita", home="demo", roles=["realm-admin"])
    browser = desk.sign_in("rita", home="demo")

    assert browser.page.url.endswith("/admin/demo/console/demo/")
    for managed in ("master", "nobody"):
        page = browser.get(desk.address("settings/general", home="demo", managed=managed))
        assert (page.status, page.title) == (404, "There is no such realm here")


def test_administrators_of_master_see_the_realms_that_they_were_given(desk: Desk) -> None:
    desk.hire("gina", home="master", over="demo", roles=["view-realm"])
    browser = desk.sign_in("gina")

    assert browser.page.url.endswith("/admin/master/console/demo/")
    assert browser.get(desk.address("settings/general")).status == 200
    assert browser.get(desk.address("settings/general", managed="master")).status == 404
    listed = browser.get("/admin/master/console/_/realms").html
    assert "/console/demo/" in listed
    assert "/console/master/" not in listed


def test_without_any_role_there_is_nothing(desk: Desk) -> None:
    """Signed in, and told so."""
    browser = desk.provider.browser()
    browser.get("/admin/demo/console/")
    page = browser.press("Sign in", username="alice", password="alice-test-password")

    assert (page.status, page.title) == (403, "Nothing to administer")
    assert browser.get(desk.address("", home="demo")).status == 404


def test_roles_are_looked_at_with_every_request(desk: Desk) -> None:
    """A role that is taken away is gone at once."""
    from sqlalchemy import delete

    from idp.models import ROLE_OF_USER

    desk.hire("fred", home="demo", roles=["realm-admin"])
    browser = desk.sign_in("fred", home="demo")
    with desk.provider.services.database.transaction() as session:
        session.execute(delete(ROLE_OF_USER).where(ROLE_OF_USER.c.user_id == desk.provider.user("fred").id))

    assert browser.get(desk.address("", home="demo")).status == 404


@pytest.mark.parametrize(
    "path",
    [
        "settings/certificates",
        "undo",
        "sessions",
        "mail",
        "keys",
        "themes",
        "users",
        "users/new",
        "users/import",
        "users/x/mails",
        "clients/new/web",
        "registration-tokens",
        "roles/new",
        "groups/new",
        "scopes/new",
    ],
)
@pytest.mark.parametrize("fields", [{}, {"csrf_token": "x"}])
def test_forged_forms_are_refused(desk: Desk, path: str, fields: dict[str, Any]) -> None:
    """Every form of the console is looked at in one place; a page cannot forget it."""
    browser = desk.sign_in()
    page = browser.post(desk.address(path), fields)

    assert (page.status, page.title) == (403, "Please try that again")
    assert browser.post("/admin/master/console/_/sign-out", fields).status == 403
    assert browser.post("/admin/master/console/_/language", fields).status == 403
