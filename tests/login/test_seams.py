"""Where features meet: certificate first and revocation, mapped cards and lost keys, certificate first and administration."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from idp.models import Certificate, Client, Realm, TrustAnchor, User, UserSession
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.pki.trust_anchors import remove_anchor
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_with_certificate
from idp.users.management_roles import get_permission
from idp.users.role_mappings import give_roles
from idp.users.users import UPDATE_PASSWORD
from tests.foreign import BY_MAIL, Cards
from tests.provider import (
    CALLBACK,
    PASSWORD,
    PUBLIC,
    Browser,
    Provider,
    enrol,
    open_dashboard,
    run_provider,
    sign_in,
)

BUTTON = "Sign in with a certificate"


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    with run_provider(database_url, tmp_path) as provider:
        provider.set_realm(certificate_first=True)
        yield provider


@pytest.fixture
def certificate(provider: Provider) -> bytes:
    browser = provider.browser()
    open_dashboard(browser)
    return enrol(browser)


def revoke(provider: Provider) -> None:
    """What the owner does on the dashboard, from another device."""
    with provider.services.database.transaction() as session:
        row = session.query(Certificate).one()
        revoke_certificate(session, provider.clock, row, RevocationReason.KEY_COMPROMISE)
        end_sessions_with_certificate(session, provider.clock, row.id, reason=Ending.CERTIFICATE_REVOKED)


def begin(provider: Provider, certificate: bytes | None, **parameters: str) -> Browser:
    browser = provider.browser(certificate)
    browser.get(provider.authorization_url(**parameters))
    browser.press(BUTTON)
    return browser


def levels(provider: Provider) -> list[str]:
    with provider.services.database.transaction() as session:
        return [row.acr for row in session.query(UserSession).filter(UserSession.ended_at.is_(None))]


def test_revoked_between_certificate_and_password(provider: Provider, certificate: bytes) -> None:
    """Somebody who found the device and knows the password is stopped by the revocation between the two."""
    browser = begin(provider, certificate, acr_values="2")
    revoke(provider)
    browser.press("Sign in", password=PASSWORD)

    assert "2" not in levels(provider)


def test_revoked_while_a_session_steps_up(provider: Provider, certificate: bytes) -> None:
    browser = begin(provider, certificate)
    browser.get(provider.authorization_url(acr_values="2"))
    revoke(provider)
    browser.press("Sign in", password=PASSWORD)

    assert "2" not in levels(provider)


def test_renewed_while_a_session_steps_up(provider: Provider, certificate: bytes) -> None:
    """The time of the old one beside the new one may end: the session that began with it goes on."""
    browser = begin(provider, certificate)
    with provider.services.database.transaction() as session:
        session.query(Certificate).one().superseded_at = provider.clock.now()
    browser.get(provider.authorization_url(acr_values="2"))
    browser.press("Sign in", password=PASSWORD)

    assert levels(provider).count("2") == 1


def test_revoked_while_a_new_password_is_chosen(provider: Provider, certificate: bytes) -> None:
    with provider.services.database.transaction() as session:
        session.query(User).filter_by(username="alice").one().required_actions = [UPDATE_PASSWORD]
    browser = provider.browser(certificate)
    sign_in(browser, acr_values="2")
    browser.press("Continue with certificate")
    revoke(provider)
    new = "another-password-of-alice"
    browser.press("Save new password", password=new, password_confirmation=new)

    assert "2" not in levels(provider)


def test_failure_of_the_first_is_not_told_of_the_second(provider: Provider, certificate: bytes) -> None:
    browser = begin(provider, None, acr_values="2")
    assert browser.page.status == 403
    browser.follow("Sign in with a password instead")
    page = browser.press("Sign in", username="alice", password=PASSWORD)

    assert page.status == 200
    assert browser.has("Continue with certificate")


def test_lost_key_does_not_come_back(provider: Provider) -> None:
    """Its issuer may not know, and certify it again; the mapping finds its owner."""
    cards = Cards(provider)
    cards.trust(**BY_MAIL)
    card = cards.issue("alice")
    assert begin(provider, card.der).page.url.startswith(CALLBACK)
    revoke(provider)

    assert begin(provider, cards.issue("alice", key=card.key).der).page.status == 403


def test_key_is_lost_with_every_certificate_of_it(provider: Provider) -> None:
    """A renewed card keeps its key, and so does somebody who found the card that was renewed."""
    cards = Cards(provider)
    cards.trust(**BY_MAIL)
    old = cards.issue("alice")
    new = cards.issue("alice", key=old.key)
    thief = begin(provider, new.der)
    begin(provider, old.der)
    owner = provider.browser()
    open_dashboard(owner)
    with provider.services.database.transaction() as session:
        fingerprint = sha256(old.der).hexdigest()
        certificate_id = session.query(Certificate).filter_by(fingerprint=fingerprint).one().id
    owner.get(f"/realms/demo/account/certificates/{certificate_id}/revoke")
    owner.press("Revoke certificate", password=PASSWORD, reason="keyCompromise")

    assert thief.get(provider.authorization_url(prompt="none")).query["error"] == "login_required"
    assert begin(provider, new.der).page.status == 403
    assert len(provider.mails("certificate_revoked")) == 2


def test_first_use_binds_no_key_of_somebody_elses(provider: Provider) -> None:
    cards = Cards(provider)
    cards.trust(first_use=True, **BY_MAIL)
    card = cards.issue("alice")
    begin(provider, card.der)
    copy = provider.browser(cards.issue("nobody", key=card.key).der)
    sign_in(copy, "bob", "bob-test-password", acr_values="2")
    copy.press("Continue with certificate")

    assert copy.page.status == 403
    assert copy.has("belongs to another account")


def test_whoever_loses_the_card_with_its_anchor_keeps_the_recovery_codes(provider: Provider) -> None:
    """They are not taken for somebody who was invited and has yet to show a certificate, whom a mail would let in."""
    cards = Cards(provider)
    anchor_id = cards.trust(**BY_MAIL)
    browser = provider.browser(cards.issue("alice").der)
    open_dashboard(browser)
    browser.get("/realms/demo/account/two-factor")
    browser.press("Test my certificate")
    browser.get("/realms/demo/account/two-factor")
    browser.press("Save Changes", enabled="yes")
    with provider.services.database.transaction() as session:
        remove_anchor(session, session.get_one(TrustAnchor, anchor_id))
    provider.services.trust.clear()
    other = provider.browser()
    sign_in(other)

    assert other.has("Use a recovery code")


def test_certificate_alone_does_not_administer(provider: Provider, certificate: bytes) -> None:
    """Not through an application for administrators, and not with a token that such a one exchanges."""
    administer(provider)
    assert "/login/password" in begin(provider, certificate).page.url
    administer(provider, admin_api=False)
    browser = begin(provider, certificate)
    token = provider.redeem(browser.page.query["code"])["access_token"]
    administer(provider)

    assert call_api(provider, token) == 403
    browser.get(provider.authorization_url())
    browser.press("Sign in", password=PASSWORD)
    assert call_api(provider, provider.redeem(browser.page.query["code"])["access_token"]) == 200


def administer(provider: Provider, *, admin_api: bool = True) -> None:
    with provider.services.database.transaction() as session:
        realm = session.query(Realm).filter_by(name="demo").one()
        session.query(Client).filter_by(realm_id=realm.id, client_id="app").one().admin_api = admin_api
        user = session.query(User).filter_by(username="alice").one()
        give_roles(session, user.id, [get_permission(session, realm, "view-users")])
    provider.services.clients.clear()


def call_api(provider: Provider, token: str) -> int:
    client = provider.http(provider.app, PUBLIC)
    return client.get("/admin/realms/demo/users", headers={"authorization": f"Bearer {token}"}).status_code
