"""The verdict on a presented certificate, with the database behind it."""

import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.models import Certificate, CertificateAuthority, Realm, User
from idp.pki.authorities import create_authorities
from idp.pki.identity_mapping import find_certificate
from idp.pki.issuance import issue_certificate
from idp.pki.lints import CertificateKind, LintContext
from idp.pki.platforms import Platform
from idp.pki.preparation import prepare_certificate
from idp.pki.presented import PresentedFacts
from idp.pki.rejections import Reason
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.pki.signing import sign_certificate
from idp.pki.templates import Validity, build_end_entity_template
from idp.pki.trust import load_trust_store
from idp.pki.verdict import Verdict, judge
from idp.storage.transaction import Transaction
from tests.certificates import Authority
from tests.clock import START, FixedClock


class Court:
    """A realm that issues and judges."""

    def __init__(self, transaction: Transaction, cipher: Cipher, clock: FixedClock, realm: Realm) -> None:
        self.transaction, self.cipher, self.clock, self.realm = transaction, cipher, clock, realm
        self.session = transaction.session

    def issue(self, user: User) -> Certificate:
        """Issue to *user*."""
        return issue_certificate(
            self.session,
            self.cipher,
            self.clock,
            realm=self.realm,
            user=user,
            public_key=ec.generate_private_key(ec.SECP256R1()).public_key(),
            device_name="Laptop",
            platform=Platform.LINUX,
        )

    def judge(self, leaf: bytes | None, user: User) -> Verdict:
        """Judge *leaf* for *user*."""
        trust = load_trust_store(self.session, self.realm.id)
        return judge(
            self.transaction,
            self.clock,
            leaf=leaf,
            intermediates=(),
            trust=trust,
            realm_id=self.realm.id,
            user_id=user.id,
        )

    def revoke(self, certificate: Certificate) -> None:
        """Revoke *certificate*."""
        revoke_certificate(self.session, self.clock, certificate, RevocationReason.KEY_COMPROMISE)


@pytest.fixture
def court(
    transaction: Transaction, cipher: Cipher, clock: FixedClock, realm: Realm, authority: CertificateAuthority
) -> Court:
    """The realm demo."""
    return Court(transaction, cipher, clock, realm)


def test_own_certificate_is_accepted(court: Court, alice: User) -> None:
    """With its id and what it says."""
    row = court.issue(alice)
    verdict = court.judge(row.certificate, alice)
    assert (verdict.ok, verdict.reason, verdict.certificate_id) == (True, Reason.ACCEPTED, row.id)
    assert verdict.presented is not None
    assert verdict.presented.fingerprint == row.fingerprint


def test_no_certificate_has_a_reason_of_its_own(court: Court, alice: User) -> None:
    """Which is not an error of anybody."""
    assert court.judge(None, alice) == Verdict(Reason.NONE)
    assert not court.judge(None, alice).ok


def test_garbage_is_malformed(court: Court, alice: User) -> None:
    """Without facts."""
    assert court.judge(b"garbage", alice) == Verdict(Reason.MALFORMED)


def test_foreign_certificate_is_untrusted(court: Court, alice: User) -> None:
    """With the facts it came with, and no id."""
    verdict = court.judge(Authority.create().issue("alice").der, alice)
    assert (verdict.reason, verdict.certificate_id) == (Reason.UNTRUSTED_ISSUER, None)
    assert verdict.presented is not None


def test_certificate_of_another_realm_is_untrusted(
    court: Court, alice: User, session: Session, clock: FixedClock, cipher: Cipher
) -> None:
    """Realms share nothing, not even where their authorities have the same name."""
    other = Realm(name="other", created_at=clock.now())
    session.add(other)
    session.flush()
    create_authorities(session, cipher, clock, realm=other)
    stranger = User(realm_id=other.id, username="alice", created_at=clock.now(), updated_at=clock.now())
    session.add(stranger)
    session.flush()
    row = Court(court.transaction, cipher, clock, other).issue(stranger)
    assert court.judge(row.certificate, alice).reason is Reason.UNTRUSTED_ISSUER
    assert find_certificate(court.transaction, court.realm.id, row.fingerprint) is None


def test_expired_certificate_is_expired(court: Court, alice: User, clock: FixedClock) -> None:
    """One's own, so the page can offer to renew it."""
    row = court.issue(alice)
    clock.advance(days=366)
    assert court.judge(row.certificate, alice).reason is Reason.EXPIRED
    assert court.judge(row.certificate, alice).certificate_id == row.id


def test_certificate_is_not_yet_valid_when_the_clock_was_set_back(court: Court, alice: User, clock: FixedClock) -> None:
    """By more than the five minutes that are allowed for."""
    clock.advance(days=2)
    row = court.issue(alice)
    clock.advance(days=-1)
    assert court.judge(row.certificate, alice).reason is Reason.NOT_YET_VALID


def test_revoked_certificate_is_revoked(court: Court, alice: User, clock: FixedClock) -> None:
    """At once, and also after it has expired."""
    row = court.issue(alice)
    court.revoke(row)
    assert court.judge(row.certificate, alice).reason is Reason.REVOKED
    clock.advance(days=366)
    assert court.judge(row.certificate, alice) == Verdict(
        Reason.REVOKED, row.id, court.judge(row.certificate, alice).presented
    )


@pytest.mark.parametrize("revoked", [False, True])
@pytest.mark.parametrize("days", [0, 366])
def test_certificate_of_another_user_tells_nothing_about_that_user(
    court: Court, alice: User, bob: User, clock: FixedClock, revoked: bool, days: int
) -> None:
    """Neither whose row it is, nor whether it is revoked."""
    row = court.issue(bob)
    if revoked:
        court.revoke(row)
    clock.advance(days=days)
    verdict = court.judge(row.certificate, alice)
    assert (verdict.ok, verdict.reason, verdict.certificate_id) == (False, Reason.OTHER_USER, None)
    assert bob.id not in verdict.to_json()
    assert row.id not in verdict.to_json()


def test_certificate_of_ours_without_a_row_is_unknown(
    court: Court, alice: User, cipher: Cipher, authority: CertificateAuthority, issuer: x509.Certificate
) -> None:
    """Signed by our key, but nobody's: a stolen key would look like this."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    template = build_end_entity_template(alice, "Demo", key, Validity(START, START + timedelta(days=1)), issuer)
    prepared = prepare_certificate(template, LintContext(CertificateKind.END_ENTITY, issuer))
    certificate = sign_certificate(cipher, prepared, authority)
    verdict = court.judge(certificate.public_bytes(Encoding.DER), alice)
    assert (verdict.reason, verdict.certificate_id) == (Reason.UNKNOWN, None)


def test_record_of_intent_is_no_certificate(court: Court, alice: User, issuer: x509.Certificate) -> None:
    """What was linted carries a throw-away signature and opens nothing."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    template = build_end_entity_template(alice, "Demo", key, Validity(START, START + timedelta(days=1)), issuer)
    prepared = prepare_certificate(template, LintContext(CertificateKind.END_ENTITY, issuer))
    assert court.judge(prepared.record, alice).reason is Reason.UNTRUSTED_ISSUER


def test_certificates_of_a_retired_authority_stay_good(
    court: Court, alice: User, authority: CertificateAuthority, cipher: Cipher, clock: FixedClock
) -> None:
    """A roll-over locks nobody out."""
    old = court.issue(alice)
    authority.status = "retired"
    create_authorities(court.session, cipher, clock, realm=court.realm)
    new = court.issue(alice)
    assert old.issuer != new.issuer
    assert court.judge(old.certificate, alice).ok
    assert court.judge(new.certificate, alice).ok


def test_trust_store_of_another_realm_is_refused(
    court: Court, alice: User, session: Session, clock: FixedClock
) -> None:
    """A mistake of ours must not become a verdict."""
    with pytest.raises(ValueError):
        judge(
            court.transaction,
            clock,
            leaf=None,
            intermediates=(),
            trust=load_trust_store(session, "another"),
            realm_id=court.realm.id,
            user_id=alice.id,
        )


@given(
    reason=st.sampled_from(Reason),
    certificate_id=st.none() | st.uuids().map(str),
    texts=st.none() | st.tuples(st.text(), st.text(), st.text(), st.text()),
    not_before=st.datetimes(timezones=st.just(UTC)),
)
def test_verdict_survives_json(
    reason: Reason, certificate_id: str | None, texts: tuple[str, str, str, str] | None, not_before: datetime
) -> None:
    """Written on one origin, read on the other."""
    presented = PresentedFacts(texts[0], texts[1], texts[2], not_before, not_before, texts[3]) if texts else None
    verdict = Verdict(reason, certificate_id, presented)
    assert Verdict.from_json(verdict.to_json()) == verdict
    assert set(json.loads(verdict.to_json())) == {field.name for field in fields(Verdict)}
