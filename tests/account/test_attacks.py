"""What somebody at an open session, or with a copy of the database, can make of it."""

import sqlite3

import pytest

from idp.account import certificate_test
from idp.login.foreign_certificate import settle
from idp.models import Certificate, User, UserSession
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.pki.verdict import Verdict
from idp.web.exchange import Exchange
from tests.provider import (
    PASSWORD,
    Browser,
    Forms,
    Provider,
    enable_two_factor,
    enrol,
    open_dashboard,
)

PERSONAL_INFO = "/realms/demo/account/personal-info"


def test_the_dashboards_cookie_cannot_be_read_out_of_the_database(provider: Provider, browser: Browser) -> None:
    """As with the session's own, only a digest of it is stored."""
    open_dashboard(browser)
    token = browser.client.cookies["idp-account-demo"]
    dump = b"".join(path.read_bytes() for path in provider.services.settings.master_key_file.parent.glob("*sqlite3*"))
    assert token.encode() not in dump
    browser.press("Sign out")
    browser.client.cookies.set("idp-account-demo", token)
    assert "Sign in" in browser.get("/realms/demo/account/").text


def test_a_long_address_is_not_kept_for_after_the_login(provider: Provider, browser: Browser) -> None:
    """Strangers may ask for any page; what is stored for them is small."""
    browser.get(f"/realms/demo/account/certificates/{'a' * 5000}/revoke")
    path = next(provider.services.settings.master_key_file.parent.glob("*.ephemeral"))
    with sqlite3.connect(path) as connection:
        values = connection.execute("SELECT value FROM ephemeral_item WHERE kind = 'account-login'").fetchall()
    assert values
    assert all(len(value) < 1000 for (value,) in values)
    assert browser.press("Sign in", username="alice", password=PASSWORD).url.endswith("/account/")


def save(browser: Browser, **fields: str) -> None:
    browser.get(PERSONAL_INFO)
    browser.press("Save Changes", **fields)


def test_changing_the_address_again_and_again_does_not_flood_strangers_with_mail(
    provider: Provider, browser: Browser
) -> None:
    """An account must not be a means to mail to people who never asked for it."""
    open_dashboard(browser)
    for number in range(10):
        save(browser, email=f"victim{number}@example.org")
    assert provider.user().email == "victim9@example.org"
    assert len(provider.mails("verify_email")) == 5


def test_a_name_is_one_line_in_mails(provider: Provider, browser: Browser) -> None:
    """Nobody writes paragraphs of their own into a mail of ours."""
    open_dashboard(browser)
    save(browser, given_name="Alice\n\nYour account is locked: http://evil.example\u202e", email="victim@example.org")
    user = provider.user()
    assert user.given_name == "Alice Your account is locked: http://evil.example"
    assert "\nYour account" not in provider.mails("verify_email")[-1]


def test_a_session_that_rested_on_a_revoked_certificate_proves_none(provider: Provider, browser: Browser) -> None:
    """The session in which it was revoked goes on, and no application is opened by it that a second factor is demanded for."""
    open_dashboard(browser)
    enable_two_factor(browser)
    page = browser.get(provider.authorization_url(acr_values="2"))
    assert provider.redeem(page.query["code"])["claims"]["acr"] == "2"
    browser.get("/realms/demo/account/two-factor")
    browser.follow("Revoke Laptop")
    button = Forms(browser.page.html).forms[-1]["buttons"][-1]
    browser.press(button, password=PASSWORD)
    assert browser.page.title == "Two-Factor Authentication"

    for demand in ({}, {"acr_values": "2"}):
        assert browser.get(provider.authorization_url(prompt="none", **demand)).query["error"] == "interaction_required"
    with provider.services.database.transaction() as session:
        assert session.query(User).filter_by(username="alice").one().two_factor_enabled_at is not None


def test_a_session_that_was_raised_has_a_new_cookie(provider: Provider, browser: Browser) -> None:
    """Whoever had copied the session's cookie before does not rise with it."""
    open_dashboard(browser)
    copied = browser.client.cookies["idp-session-demo"]
    enable_two_factor(browser)
    assert browser.client.cookies["idp-session-demo"] != copied
    assert browser.get(provider.authorization_url(acr_values="2", prompt="none")).query["code"]

    thief = provider.browser()
    thief.client.cookies.set("idp-session-demo", copied)
    assert thief.get(provider.authorization_url(prompt="none")).query["error"] == "login_required"


@pytest.mark.every_database
def test_certificate_revoked_during_its_test_raises_nothing(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever found the card has it revoked between the handshake and the answer."""
    browser = provider.browser()
    open_dashboard(browser)
    browser.certificate = enrol(browser)
    browser.get("/realms/demo/account/two-factor")

    def settle_late(exchange: Exchange, verdict: Verdict, user: User) -> Verdict:
        with provider.services.database.transaction() as session:
            row = session.query(Certificate).one()
            revoke_certificate(session, provider.clock, row, RevocationReason.KEY_COMPROMISE)
        return settle(exchange, verdict, user)

    monkeypatch.setattr(certificate_test, "settle", settle_late)
    page = browser.press("Test my certificate")
    assert "revoked" in page.text
    with provider.services.database.transaction() as session:
        assert session.query(UserSession).one().acr == "1"
        assert session.query(Certificate).one().proven_at is None
