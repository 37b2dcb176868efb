"""Signing in with certificates of foreign authorities: mapped, bound at first use, and everything that must not work."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from sqlalchemy.exc import OperationalError

from idp.models import Certificate, CertificateAuthority, Event, Realm, TrustAnchor, User, UserSession
from idp.pki.anchor_settings import RevocationSettings
from idp.pki.authority_rows import insert_foreign_authority
from idp.pki.bindings import BindingRefused, bind_certificate
from idp.pki.foreign_roots import trust_root
from idp.pki.foreign_status import Assurance
from idp.pki.proposals import BoundBy, Proposal
from idp.pki.rejections import CertificateRevoked, Reason
from idp.pki.trust_anchors import remove_anchor
from tests.certificates import DAY, Issued
from tests.foreign import BY_MAIL, Cards
from tests.pki.corporate import pem
from tests.provider import CALLBACK, Browser, Page, Provider, enable_two_factor, enrol, open_dashboard, sign_in

FIRST_USE = {"first_use": True}


@pytest.fixture
def cards(provider: Provider) -> Cards:
    return Cards(provider)


def present(provider: Provider, card: Issued, username: str = "alice") -> Browser:
    """Sign in with password and *card*, at an application that demands a certificate."""
    browser = provider.browser(card.der)
    sign_in(browser, username, f"{username}-test-password", client_id="strict")
    if "Continue with certificate" in browser.page.text:
        browser.press("Continue with certificate")
    return browser


def signed_in(page: Page) -> bool:
    return page.url.startswith(CALLBACK) and "code" in page.query


def rows(provider: Provider) -> list[Certificate]:
    with provider.services.database.transaction() as session:
        return session.query(Certificate).order_by(Certificate.created_at).all()


def events(provider: Provider, tag: str) -> list[dict[str, Any]]:
    with provider.services.database.transaction() as session:
        return [event.details for event in session.query(Event).filter_by(tag=tag).order_by(Event.at).all()]


def change_user(provider: Provider, username: str, **values: Any) -> None:
    with provider.services.database.transaction() as session:
        user = session.query(User).filter_by(username=username).one()
        for name, value in values.items():
            setattr(user, name, value)


def test_mapped_certificate_signs_in_and_is_listed(provider: Provider, cards: Cards) -> None:
    """Without having been set up: the first time makes its row, with an event and a mail, and later ones use it."""
    anchor_id, card = cards.trust(**BY_MAIL), cards.issue()
    browser = present(provider, card)

    assert signed_in(browser.page)
    claims = provider.redeem(browser.page.query["code"], "strict")["claims"]
    assert (claims["acr"], claims["amr"], claims["x509_issuer"]) == ("2", ["pwd", "x509"], "CN=Cards")
    (row,) = rows(provider)
    assert (row.user_id, row.trust_anchor_id, row.bound_by) == (provider.user().id, anchor_id, "mapping")
    assert (row.device_name, row.proven_at, row.authority_id) == ("Cards", cards.now, None)
    assert row.last_used_at == cards.now
    assert [event["bound_by"] for event in events(provider, "certificate:bind")] == ["mapping"]
    assert len(provider.mails("certificate_added")) == 1

    assert signed_in(present(provider, card).page)
    assert len(rows(provider)) == len(provider.mails("certificate_added")) == 1
    assert [event["revocation"] for event in events(provider, "certificate:login:success")] == ["not_demanded"] * 2


def test_card_of_somebody_else_is_refused(provider: Provider, cards: Cards) -> None:
    """A stolen password and a card of the same authority open nothing, and nothing is written of it."""
    cards.trust(**BY_MAIL, **FIRST_USE)
    browser = present(provider, cards.issue("bob"))

    assert browser.page.title == "This certificate belongs to another account"
    assert rows(provider) == []


def test_corrected_mapping_and_changed_accounts_take_effect(provider: Provider, cards: Cards) -> None:
    """The row of a mapped certificate follows: it changes hands, and the sessions of its earlier owner end."""
    anchor_id, card = cards.trust(**BY_MAIL), cards.issue()
    assert signed_in(present(provider, card).page)
    change_user(provider, "alice", email=None)
    assert present(provider, card).page.title == "This certificate is not linked to your account"

    change_user(provider, "bob", email="alice@example.org")
    assert present(provider, card).page.title == "This certificate belongs to another account"
    assert signed_in(present(provider, card, "bob").page)
    (row,) = rows(provider)
    assert row.user_id == provider.user("bob").id
    with provider.services.database.transaction() as session:
        ended = {s.user_id: s.ended_at is not None for s in session.query(UserSession).filter_by(certificate_id=row.id)}
    assert ended == {provider.user().id: True, row.user_id: False}

    cards.change(anchor_id)  # nothing is mapped any more
    assert present(provider, card, "bob").page.title == "This certificate is not linked to your account"


def test_address_that_nobody_has_confirmed_is_nobodys(provider: Provider, cards: Cards) -> None:
    """Whoever changes their address to that of a card does not get the card's rights."""
    cards.trust(**BY_MAIL)
    change_user(provider, "alice", email_verified=False)
    assert present(provider, cards.issue()).page.title == "This certificate is not linked to your account"
    assert rows(provider) == []


def test_several_names_of_different_people_are_ambiguous(provider: Provider, cards: Cards) -> None:
    cards.trust(**BY_MAIL)
    names = [x509.RFC822Name("alice@example.org"), x509.RFC822Name("bob@example.org")]
    assert present(provider, cards.issue(names=names)).page.title == "This certificate fits several accounts"


def test_first_use_binds_to_whoever_has_just_given_the_password(provider: Provider, cards: Cards) -> None:
    """Once: to nobody else afterwards, and nothing else to the same person."""
    cards.trust(**FIRST_USE)
    card = cards.issue()
    assert signed_in(present(provider, card).page)
    assert [row.bound_by for row in rows(provider)] == ["first_use"]
    assert "first one to be presented" in " ".join(provider.mails("certificate_added")[0].split())

    assert present(provider, card, "bob").page.title == "This certificate belongs to another account"
    assert present(provider, cards.issue("other")).page.title == "This certificate is not linked to your account"
    assert signed_in(present(provider, card).page)
    assert len(rows(provider)) == 1


def rewrite(card: Issued) -> bytes:
    """Return the card with the other signature that fits as well: s and the order of the curve minus s (FIPS 186-5)."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    signature = card.certificate.signature
    r, s = decode_dss_signature(signature)
    other = encode_dss_signature(r, order - s)
    tbs = card.certificate.tbs_certificate_bytes
    rest = card.der[card.der.index(tbs) + len(tbs) :]
    algorithm = rest[: rest.index(signature) - 3]  # before the BIT STRING's tag, length and count of unused bits
    body = tbs + algorithm + bytes([3, len(other) + 1, 0]) + other
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


@pytest.mark.parametrize("settings", [BY_MAIL, FIRST_USE])
def test_card_with_its_signature_rewritten_is_no_new_one(
    provider: Provider, cards: Cards, settings: dict[str, Any]
) -> None:
    """A card that its owner has revoked here does not come back, nor does one that is bound become somebody else's."""
    cards.trust(**settings)
    card = cards.issue()
    assert signed_in(present(provider, card).page)
    rewritten = rewrite(card)
    assert x509.load_der_x509_certificate(rewritten).tbs_certificate_bytes == card.certificate.tbs_certificate_bytes
    with provider.services.database.transaction() as session:
        session.query(Certificate).one().revoked_at = cards.now

    for username in ("alice", "bob"):
        browser = provider.browser(rewritten)
        sign_in(browser, username, f"{username}-test-password", client_id="strict")
        browser.press("Continue with certificate")
        assert browser.page.title == "The certificate could not be read"
    assert len(rows(provider)) == 1


def test_first_use_is_off_by_default(provider: Provider, cards: Cards) -> None:
    cards.trust(registration=True)
    assert not signed_in(present(provider, cards.issue()).page)
    assert rows(provider) == []


def test_first_use_stays_closed_after_a_revocation(provider: Provider, cards: Cards) -> None:
    """A lost card that was revoked must not let the next card of the same authority in, by the password alone."""
    cards.trust(**FIRST_USE)
    assert signed_in(present(provider, cards.issue()).page)
    with provider.services.database.transaction() as session:
        session.query(Certificate).one().revoked_at = cards.now
    assert not signed_in(present(provider, cards.issue("mallory")).page)
    assert len(rows(provider)) == 1


def test_first_use_stays_closed_once_two_factor_login_is_on(provider: Provider, cards: Cards) -> None:
    """Also where the certificates are gone with their anchor."""
    anchor_id = cards.trust(**FIRST_USE)
    change_user(provider, "alice", two_factor_enabled_at=cards.now)
    assert not signed_in(present(provider, cards.issue()).page)
    cards.change(anchor_id)


def test_first_use_needs_the_password_in_this_very_login(provider: Provider, cards: Cards) -> None:
    """A session that somebody left open is not enough."""
    cards.trust(**FIRST_USE)
    browser = provider.browser(cards.issue().der)
    sign_in(browser)
    assert signed_in(browser.page)

    browser.get(provider.authorization_url(client_id="strict"))
    browser.press("Continue with certificate")

    assert browser.page.title == "This certificate is not linked to your account"
    assert rows(provider) == []


def test_somebody_without_any_certificate_is_sent_to_enrol(provider: Provider, cards: Cards) -> None:
    """Although the realm cannot know that they have no card: there is a way on, before and after the browser's question."""
    cards.trust(**BY_MAIL)
    browser = provider.browser(None)
    sign_in(browser, client_id="strict")
    explained = browser.page
    assert browser.follow("I have no certificate yet").title == "You need a certificate"
    browser.page = explained
    assert browser.press("Continue with certificate").title == "No certificate arrived"
    assert browser.follow("I have no certificate yet").title == "You need a certificate"
    browser.press("Send me an enrolment link")
    assert len(provider.mails("enrolment_link")) == 1


def test_attempt_that_somebody_else_was_sent_binds_nothing(provider: Provider, cards: Cards) -> None:
    """Mallory sends her own attempt's address to somebody with a card: the verdict comes to a browser that is not in the login."""
    cards.trust(**FIRST_USE)
    mallory = provider.browser(None)
    sign_in(mallory, client_id="strict")
    address = mallory.begin_attempt()

    victim = provider.browser(cards.issue("victim").der)
    victim.get(address)

    assert rows(provider) == []
    assert not signed_in(victim.page)


def test_own_certificates_win(provider: Provider, cards: Cards) -> None:
    """They count as before, and a dashboard's test binds nothing at first use."""
    cards.trust(**FIRST_USE)
    browser = provider.browser()
    open_dashboard(browser)
    enable_two_factor(browser)
    own = browser.certificate
    browser.certificate = cards.issue("other").der
    browser.get("/realms/demo/account/two-factor")
    browser.press("Test my certificate")
    assert browser.page.title == "This certificate is not linked to your account"
    (row,) = rows(provider)
    assert (row.bound_by, row.certificate, row.trust_anchor_id) == ("issued", own, None)


def test_mapped_certificate_can_be_tested_without_a_file(provider: Provider, cards: Cards) -> None:
    """And two-factor login be switched on with it."""
    cards.trust(**BY_MAIL)
    browser = provider.browser(cards.issue().der)
    open_dashboard(browser)
    browser.get("/realms/demo/account/two-factor")
    browser.press("Test my certificate")
    assert browser.page.title == "Your certificate works"
    browser.get("/realms/demo/account/two-factor")
    browser.press("Save Changes", enabled="yes")
    assert provider.user().two_factor_enabled_at is not None


def disable(cards: Cards, anchor_id: str) -> None:
    cards.change(anchor_id, enabled=False, **BY_MAIL)


def remove(cards: Cards, anchor_id: str) -> None:
    with cards.provider.services.database.transaction() as session:
        remove_anchor(session, session.get_one(TrustAnchor, anchor_id))


def forget_mapping(cards: Cards, anchor_id: str) -> None:
    cards.change(anchor_id)


@pytest.mark.parametrize(
    ("act", "seen"), [(disable, False), (disable, True), (remove, False), (remove, True), (forget_mapping, False)]
)
def test_anchor_that_changes_on_the_way_back_counts_no_more(
    provider: Provider, cards: Cards, act: Callable[[Cards, str], None], seen: bool
) -> None:
    """Between the certificate host and the return."""
    anchor_id, card = cards.trust(**BY_MAIL), cards.issue()
    if seen:
        assert signed_in(present(provider, card).page)
    browser = provider.browser(card.der)
    sign_in(browser, client_id="strict")
    back = browser.visit_certificate_host(browser.begin_attempt()).headers["location"]

    act(cards, anchor_id)
    page = browser.get(back)

    assert not signed_in(page)
    assert page.status == 403
    assert len(rows(provider)) == (1 if seen and act is disable else 0)


def test_disabled_anchor_counts_no_more(provider: Provider, cards: Cards) -> None:
    """Also for what was bound under it; nothing of that is lost."""
    anchor_id, card = cards.trust(**FIRST_USE), cards.issue()
    assert signed_in(present(provider, card).page)
    cards.change(anchor_id, enabled=False, **FIRST_USE)
    assert present(provider, card).page.title == "You need a certificate"
    cards.change(anchor_id, **FIRST_USE)
    assert signed_in(present(provider, card).page)


@pytest.mark.parametrize("trusted_for_applications", [False, True])
def test_root_of_ours_does_not_stand_in_for_a_disabled_anchor(
    provider: Provider, cards: Cards, trusted_for_applications: bool
) -> None:
    """The same root may be trusted for applications' certificates, or have certified our authority: that makes nobody a person."""
    if trusted_for_applications:
        with provider.services.database.transaction() as session:
            realm = session.query(Realm).filter_by(name="demo").one()
            trust_root(session, provider.clock, realm=realm, pem=pem(cards.root.certificate))
            insert_foreign_authority(
                session, provider.clock, realm=realm, certificate=cards.issuing.certificate,
                parent=session.query(CertificateAuthority).filter_by(kind="root").first(),
            )  # fmt: skip
    anchor_id, card = cards.trust(**FIRST_USE), cards.issue()
    assert signed_in(present(provider, card).page)
    cards.change(anchor_id, enabled=False, **FIRST_USE)

    browser = provider.browser(card.der)
    sign_in(browser, client_id="strict")
    assert browser.page.title == "You need a certificate"
    browser = provider.browser(card.der)
    open_dashboard(browser)
    browser.get("/realms/demo/account/two-factor")
    if browser.has("Test my certificate"):
        browser.press("Test my certificate")
        assert browser.page.title == "This certificate is not from here"


def test_certificate_of_another_realms_anchor_is_untrusted(provider: Provider, cards: Cards) -> None:
    anchor_id = cards.trust(**BY_MAIL)
    with provider.services.database.transaction() as session:
        from idp.provisioning import provision_realm

        services = provider.services
        other = provision_realm(
            session, services.cipher, services.clock, public_url="http://localhost:8080", name="other"
        )
        session.get_one(TrustAnchor, anchor_id).realm_id = other.id
    services.trust.clear()
    browser = provider.browser(cards.issue().der)
    open_dashboard(browser)
    browser.certificate = enrol(browser)
    browser.certificate = cards.issue().der
    browser.get("/realms/demo/account/two-factor")
    browser.press("Test my certificate")
    assert browser.page.title == "This certificate is not from here"


def test_expired_and_wrong_cards_say_so(provider: Provider, cards: Cards) -> None:
    cards.trust(**BY_MAIL, policies=["1.2.3"])
    assert present(provider, cards.issue()).page.title == "This kind of certificate is not enough"
    expired = cards.issue(not_before=-DAY, not_after=-timedelta(minutes=5))
    assert present(provider, expired).page.title == "Your certificate has expired"


def test_revocation_is_looked_up_once_the_certificate_is_good(provider: Provider, cards: Cards) -> None:
    """With the anchor, its settings and the path; what it says counts, and an open failure is marked in the event."""
    anchor_id = cards.trust(**BY_MAIL, revocation={"method": "crl", "fail_open": True})
    card, seen = cards.issue(), []

    def lookup(anchor: str, settings: RevocationSettings, path: tuple[x509.Certificate, ...]) -> Assurance:
        seen.append((anchor, settings.fail_open, path))
        raise CertificateRevoked("on the list")

    assert signed_in(present(provider, card).page)
    assert [event["revocation"] for event in events(provider, "certificate:login:success")] == ["failed_open"]
    object.__setattr__(provider.services, "foreign_status", lookup)
    assert present(provider, card).page.title == "This certificate has been revoked"
    chain = (card.certificate, cards.issuing.certificate, cards.root.certificate)
    assert seen == [(anchor_id, True, chain)]


def test_unknown_revocation_is_refused(provider: Provider, cards: Cards) -> None:
    """Unless the anchor says otherwise."""
    cards.trust(**BY_MAIL, revocation={"method": "crl"})
    assert present(provider, cards.issue()).page.title == "The certificate could not be checked"
    assert rows(provider) == []


@pytest.mark.parametrize("race", ["two people, one certificate", "one person, two certificates", "one of each"])
@pytest.mark.every_database
def test_simultaneous_first_uses_bind_once(provider: Provider, cards: Cards, race: str) -> None:
    """Eight at once; on SQLite some may be sent away to try again."""
    anchor_id = cards.trust(**FIRST_USE)
    people = [provider.user("alice"), provider.user("bob")] if race.startswith("two") else [provider.user("alice")] * 2
    issued = [cards.issue(), cards.issue("other")] if race.endswith("certificates") else [cards.issue()] * 2

    def bind(number: int) -> str:
        services, person = provider.services, people[number % 2]
        proposal = Proposal(anchor_id, person.id, BoundBy.FIRST_USE, issued[number % 2].der)
        try:
            with services.database.begin() as transaction:
                binding = bind_certificate(transaction, services.clock, realm_id=person.realm_id, proposal=proposal)
                return "created" if binding.created else "known"
        except BindingRefused as refusal:
            return str(refusal.reason)
        except OperationalError:
            return "busy"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(bind, range(8)))

    assert outcomes.count("created") == 1
    assert len(rows(provider)) == 1
    assert set(outcomes) <= {"created", "known", "busy", str(Reason.OTHER_USER), str(Reason.UNMAPPED)}


@pytest.mark.every_database
def test_transaction_that_fails_afterwards_takes_the_row_with_it(provider: Provider, cards: Cards) -> None:
    """Raise rolls back, on SQLite too."""
    anchor_id = cards.trust(**FIRST_USE)
    user, services = provider.user(), provider.services
    proposal = Proposal(anchor_id, user.id, BoundBy.FIRST_USE, cards.issue().der)
    with suppress(ZeroDivisionError), services.database.begin() as transaction:
        bind_certificate(transaction, services.clock, realm_id=user.realm_id, proposal=proposal)
        raise ZeroDivisionError
    assert rows(provider) == []
