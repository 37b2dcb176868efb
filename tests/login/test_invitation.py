"""An invitation: one mail, one link, a password, a certificate, and nothing before it."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest

from idp.models import ActionLink, Event, Realm, User, UserSession
from idp.notices.invitations import invite_user
from idp.notices.notice import Sender
from idp.users.users import change_password, create_user
from tests.login.test_recovery import link_of, reset_password
from tests.login.test_reenrolment import send_anyway
from tests.provider import (
    CALLBACK,
    PASSWORD,
    Browser,
    Page,
    Provider,
    enable_two_factor,
    enrol,
    open_dashboard,
    sign_in,
)

NEW_PASSWORD = "four words of secrecy"
DEAD = "This link does not work any more"


def create(provider: Provider, **values: Any) -> None:
    """Create dora, who has no password."""
    services = provider.services
    with services.database.transaction() as session:
        create_user(
            session,
            services.passwords,
            services.clock,
            realm_id=session.query(Realm).filter_by(name="demo").one().id,
            username="dora",
            **{"password": None, "email": "dora@example.org", **values},
        )


def invite(provider: Provider, username: str = "dora", **options: Any) -> str:
    """Invite, and return the link of the mail."""
    services = provider.services
    sender = Sender(services.settings.public_url, services.cipher, services.clock, services.themes)
    with services.database.transaction() as session:
        realm = session.query(Realm).filter_by(name="demo").one()
        user = session.query(User).filter_by(username=username).one()
        invite_user(session, sender, realm=realm, user=user, by="a test", **options)
    return link_of(provider.mails("invitation")[-1], "/login/invitation")


def accept(browser: Browser, link: str) -> Page:
    """Choose the first password."""
    browser.get(link)
    return browser.press("Continue", password=NEW_PASSWORD, password_confirmation=NEW_PASSWORD)


def set_up(browser: Browser) -> Page:
    """Download, install and test."""
    browser.certificate = enrol(browser)
    browser.get("/realms/demo/account/two-factor")
    return browser.press("Test my certificate")


def reach(provider: Provider, leaf: bytes | None, password: str = NEW_PASSWORD, username: str = "dora") -> Browser:
    """Sign in at the application as far as it goes."""
    browser = provider.browser(leaf)
    sign_in(browser, username, password)
    if browser.page.title == "Confirm with your certificate":
        browser.press("Continue with certificate")
    return browser


@pytest.mark.every_database
def test_new_account_gets_in_with_password_and_certificate_and_with_nothing_less(provider: Provider) -> None:
    """The whole way: link, password, certificate, recovery codes; before its end no application is reached."""
    create(provider)
    link = invite(provider, require_certificate=True)
    assert "until you have both" in " ".join(provider.mails("invitation")[0].split())
    browser = provider.browser()
    page = accept(browser, link)
    assert page.title == "Two-Factor Authentication"
    assert "Set up a certificate" in page.text
    assert reach(provider, None).page.title == "You need a certificate"
    for path in ("", "personal-info", "password", "applications", "two-factor/disable"):
        assert browser.get(f"/realms/demo/account/{path}").title == "Two-Factor Authentication"
    browser.get(provider.authorization_url())
    assert not browser.page.url.startswith(CALLBACK)

    page = set_up(browser)
    assert page.title == "Your recovery codes"
    codes = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", page.html)
    assert len(codes) == 10
    assert len(provider.mails("two_factor_enabled")) == 1
    claims = provider.redeem(reach(provider, browser.certificate).page.query["code"])["claims"]
    assert claims["amr"] == ["pwd", "x509"]
    assert provider.user("dora").email_verified
    assert not reach(provider, None).page.url.startswith(CALLBACK)
    assert "10 of 10 left" in browser.get("/realms/demo/account/two-factor").text


def test_account_with_a_password_gives_it(provider: Provider) -> None:
    """The password stays, a wrong one leaves the link as it was."""
    link = invite(provider, "alice", require_certificate=True)
    browser = provider.browser()
    browser.get(link)
    assert browser.press("Continue", password="wrong").status == 401
    assert browser.press("Continue", password=PASSWORD).title == "Two-Factor Authentication"
    assert set_up(browser).title == "Your recovery codes"
    claims = provider.redeem(reach(provider, browser.certificate, PASSWORD, "alice").page.query["code"])["claims"]
    assert claims["amr"] == ["pwd", "x509"]


def test_invitation_without_demand_leaves_the_choice(provider: Provider) -> None:
    """Password alone goes on to work, and the switch is for its owner to set."""
    link = invite(provider, "alice")
    browser = provider.browser()
    browser.get(link)
    browser.press("Continue", password=PASSWORD)
    assert set_up(browser).title == "Your certificate works"
    assert provider.user().two_factor_enabled_at is None
    assert reach(provider, None, PASSWORD, "alice").page.url.startswith(CALLBACK)


def test_realm_that_requires_certificates_switches_it_on_at_the_end(provider: Provider) -> None:
    provider.set_realm(certificate_policy="required")
    create(provider)
    browser = provider.browser()
    accept(browser, invite(provider))
    assert provider.user("dora").two_factor_enabled_at is None
    assert set_up(browser).title == "Your recovery codes"
    assert provider.user("dora").two_factor_enabled_at is not None


@pytest.mark.parametrize("setting", ["enrolment_by_mail", "recovery_by_mail"])
def test_what_the_realm_lets_people_do_by_mail_does_not_bind_the_administrator(
    provider: Provider, setting: str
) -> None:
    """The link works all the same, also for somebody whose certificate is lost; nobody but its owner gets the mail."""
    open_dashboard(first := provider.browser())
    enable_two_factor(first)
    provider.set_realm(**{setting: False, "certificate_policy": "required"})
    browser = provider.browser()
    browser.get(invite(provider, "alice"))
    assert browser.press("Continue", password=PASSWORD).title == "Two-Factor Authentication"


@pytest.mark.parametrize("way", ["disable", "recovery code", "enrolment", "forbidden enrolment"])
def test_demand_is_not_got_round(provider: Provider, way: str) -> None:
    """Who knows the password of an invited account gets to nothing but an enrolment, by mail, if the realm allows that."""
    invite(provider, "alice", require_certificate=True)
    provider.set_realm(enrolment_by_mail=way != "forbidden enrolment")
    browser = provider.browser()
    sign_in(browser)
    assert browser.page.title == "You need a certificate"
    flow = browser.page.url.split("flow=")[1]
    if way == "disable":
        send_anyway(browser)  # whatever is sent, nothing of it switches two-factor login off
        assert provider.mails("login_failed") == []
        assert "disable-two-factor" not in "".join(provider.mails())
    elif way == "recovery code":
        page = browser.get(f"/realms/demo/login/recovery-code?flow={flow}")
        assert browser.press("Continue", recovery_code="aaaa-aaaa-aaaa-aaaa").status == 401, page.text
    elif way == "enrolment":
        assert browser.press("Send me an enrolment link").title == "Please look at your mail"
        browser.get(link_of(provider.mails("enrolment_link")[-1], "/login/enrolment"))
        browser.press("Continue", password=PASSWORD)
        assert set_up(browser).title == "Your recovery codes"
    else:
        assert "administrator" in browser.page.text
        send_anyway(browser)
        assert provider.mails("enrolment_link") == []
    assert provider.user().two_factor_enabled_at is not None


def test_failed_certificate_step_of_an_invited_person_offers_no_way_round(provider: Provider) -> None:
    """Forged past the page that says what is missing: the mail about it offers to enrol, never to switch anything off."""
    invite(provider, "alice", require_certificate=True)
    browser = provider.browser()
    sign_in(browser)
    flow = browser.page.url.split("flow=")[1]
    token = re.search(r'name="csrf_token" value="([^"]*)"', browser.page.html)
    assert token
    browser.post(f"/realms/demo/login/certificate?flow={flow}", {"csrf_token": token[1]})
    (mail,) = provider.mails("login_failed")
    assert "disable-two-factor" not in mail
    assert "/login/enrolment?token=" in mail


def test_session_from_before_gets_no_further(provider: Provider, browser: Browser) -> None:
    """Somebody who is signed in by password alone is asked at the next application, and on the dashboard."""
    open_dashboard(browser)
    invite(provider, "alice", require_certificate=True)
    assert browser.get(provider.authorization_url()).title == "You need a certificate"
    assert browser.get(provider.authorization_url(prompt="none")).query["error"] == "interaction_required"
    assert browser.get("/realms/demo/account/").title == "You need a certificate"


def test_first_password_has_to_fit(provider: Provider) -> None:
    """The realm's rules hold, and the link stays usable."""
    create(provider)
    link = invite(provider)
    browser = provider.browser()
    browser.get(link)
    for password, repeated in (("short", "short"), (NEW_PASSWORD, "other"), ("", "")):
        assert browser.press("Continue", password=password, password_confirmation=repeated).status == 400
    assert provider.user("dora").password_hash is None
    assert accept(browser, link).title == "Two-Factor Authentication"


@pytest.mark.parametrize("death", ["expired", "used", "newer", "password", "reset", "address", "disabled", "purpose"])
def test_dead_link_gets_the_one_page(provider: Provider, death: str) -> None:
    """A link dies as all others do."""
    create(provider)
    link = invite(provider)
    provider.clock.advance(seconds=1)
    services = provider.services
    if death == "expired":
        provider.clock.advance(days=7)
    elif death == "used":
        accept(provider.browser(), link)
    elif death == "newer":
        newer = invite(provider)
        assert accept(provider.browser(), newer).title == "Two-Factor Authentication"
    elif death == "reset":
        reset_password(provider, "dora")
    elif death == "purpose":
        link = link.replace("/login/invitation", "/login/enrolment")
    else:
        with services.database.transaction() as session:
            dora = session.query(User).filter_by(username="dora").one()
            if death == "password":
                change_password(session, services.passwords, services.clock, dora, NEW_PASSWORD)
            dora.email = "other@example.org" if death == "address" else dora.email
            dora.enabled = death != "disabled"
    page = provider.browser().get(link)
    assert (page.status, page.title) == (410, DEAD)


def test_lifetime_is_the_administrators(provider: Provider) -> None:
    create(provider)
    link = invite(provider, lifetime=timedelta(days=30))
    assert "within 30 days" in provider.mails("invitation")[0]
    provider.clock.advance(days=29)
    assert accept(provider.browser(), link).title == "Two-Factor Authentication"


@pytest.mark.every_database
def test_simultaneous_uses_open_one_session(provider: Provider) -> None:
    """Of eight who post the form, one chooses the password."""
    create(provider)
    link = invite(provider, require_certificate=True)
    browsers = [provider.browser() for _ in range(8)]
    pages: list[Page] = []

    def use(browser: Browser, number: int) -> None:
        word = f"{NEW_PASSWORD} {number}"
        pages.append(browser.press("Continue", password=word, password_confirmation=word))

    for browser in browsers:
        browser.get(link)
    threads = [threading.Thread(target=use, args=(browser, n)) for n, browser in enumerate(browsers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(page.title == "Two-Factor Authentication" for page in pages) == 1
    with provider.services.database.transaction() as session:
        assert session.query(UserSession).count() == 1


def test_mail_scanner_uses_nothing_up(provider: Provider) -> None:
    """GET shows, POST acts, and a POST from elsewhere does not."""
    create(provider)
    link = invite(provider)
    scanner = provider.browser()
    for _ in range(3):
        assert scanner.get(link).status == 200
    assert scanner.post(link, {"password": NEW_PASSWORD, "password_confirmation": NEW_PASSWORD}).status == 403
    assert provider.user("dora").password_hash is None


def test_newest_invitation_says_whether_a_certificate_is_demanded(provider: Provider) -> None:
    """An administrator takes the demand back by inviting once more; from whoever has shown a certificate nothing is taken."""
    invite(provider, "alice", require_certificate=True)
    invite(provider, "alice")
    assert provider.user().two_factor_enabled_at is None
    assert reach(provider, None, PASSWORD, "alice").page.url.startswith(CALLBACK)
    open_dashboard(browser := provider.browser())
    enable_two_factor(browser)
    invite(provider, "alice")
    assert provider.user().two_factor_enabled_at is not None


def test_link_is_stored_as_a_digest_and_the_event_does_not_have_it(provider: Provider) -> None:
    create(provider)
    token = invite(provider, require_certificate=True).split("token=")[1]
    with provider.services.database.transaction() as session:
        assert token not in session.query(ActionLink).one().token_digest
        events = {event.tag: event for event in session.query(Event)}
        details = events["admin:user:invite"].details
        assert details == {"by": "a test", "minutes": 10080, "certificate_required": True}
        assert token not in str([event.details for event in events.values()])
