"""A person's certificates: listing, proof, use, revocation, claims."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.errors import NotFound
from idp.models import Certificate, CertificateAuthority, Realm, User
from idp.pki.certificates import (
    get_certificate,
    has_proven_certificate,
    has_usable_certificate,
    list_certificates,
    record_use,
)
from idp.pki.claims import build_certificate_claims
from idp.pki.issuance import issue_certificate
from idp.pki.platforms import Platform
from idp.pki.revocation import RevocationReason, revoke_all_certificates, revoke_certificate
from idp.storage.database import Database
from idp.storage.transaction import Transaction
from tests.clock import START, FixedClock
from tests.pki.proofs import prove


@pytest.fixture
def certificate(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User, authority: CertificateAuthority
) -> Certificate:
    """Alice's certificate."""
    return _issue(session, cipher, clock, realm, alice)


def _issue(session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, user: User) -> Certificate:
    return issue_certificate(
        session,
        cipher,
        clock,
        realm=realm,
        user=user,
        public_key=ec.generate_private_key(ec.SECP256R1()).public_key(),
        device_name="Laptop",
        platform=Platform.LINUX,
    )


def test_certificates_are_listed_newest_first(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User, bob: User, certificate: Certificate
) -> None:
    """Only the person's own."""
    clock.advance(days=1)
    second = _issue(session, cipher, clock, realm, alice)
    _issue(session, cipher, clock, realm, bob)
    assert list_certificates(session, alice.id) == [second, certificate]


def test_only_the_owner_gets_a_certificate(
    session: Session, realm: Realm, alice: User, bob: User, certificate: Certificate
) -> None:
    """Somebody else's is as unknown as none at all."""
    assert get_certificate(session, realm.id, certificate.id, alice.id) is certificate
    for arguments in (
        (realm.id, certificate.id, bob.id),
        ("other", certificate.id, alice.id),
        (realm.id, "x", alice.id),
    ):
        with pytest.raises(NotFound):
            get_certificate(session, *arguments)


def test_first_proof_stays_and_use_moves_on(
    transaction: Transaction, session: Session, clock: FixedClock, certificate: Certificate
) -> None:
    """Proven when it was first presented, used when it last was."""
    record_use(transaction, clock, certificate.id)
    later = clock.advance(days=1)
    record_use(transaction, clock, certificate.id)
    session.refresh(certificate)
    assert (certificate.proven_at, certificate.last_used_at) == (START, later)
    latest = clock.advance(days=1)
    record_use(transaction, clock, certificate.id)
    session.refresh(certificate)
    assert (certificate.proven_at, certificate.last_used_at) == (START, latest)


def test_use_of_a_revoked_certificate_is_refused(
    transaction: Transaction, session: Session, clock: FixedClock, certificate: Certificate
) -> None:
    """A login that looked at it before finds out here, in the statement that a revocation has to wait for."""
    assert record_use(transaction, clock, certificate.id)
    revoke_certificate(session, clock, certificate, RevocationReason.SUPERSEDED)
    assert not record_use(transaction, clock, certificate.id)


def test_person_has_a_proven_certificate_only_after_proof(
    session: Session, clock: FixedClock, alice: User, bob: User, certificate: Certificate
) -> None:
    """Until then it is usable but not proven."""
    assert has_usable_certificate(session, clock, alice.id)
    assert not has_proven_certificate(session, clock, alice.id)
    prove(session, clock, certificate.id)
    assert has_proven_certificate(session, clock, alice.id)
    assert not has_usable_certificate(session, clock, bob.id)


@pytest.mark.parametrize("days", [-1, 366])
def test_certificate_out_of_its_time_does_not_count(
    session: Session, clock: FixedClock, alice: User, certificate: Certificate, days: int
) -> None:
    """Before and after."""
    prove(session, clock, certificate.id)
    clock.advance(days=days)
    assert not has_proven_certificate(session, clock, alice.id)
    assert not has_usable_certificate(session, clock, alice.id)


def test_first_revocation_stays(session: Session, clock: FixedClock, alice: User, certificate: Certificate) -> None:
    """A second one changes neither time nor reason, and says so."""
    prove(session, clock, certificate.id)
    assert revoke_certificate(session, clock, certificate, RevocationReason.KEY_COMPROMISE)
    clock.advance(days=1)
    assert not revoke_certificate(session, clock, certificate, RevocationReason.SUPERSEDED)
    assert (certificate.revoked_at, certificate.revocation_reason) == (START, "keyCompromise")
    assert not has_usable_certificate(session, clock, alice.id)


def test_unknown_revocation_reason_is_refused(session: Session, clock: FixedClock, certificate: Certificate) -> None:
    """Neither a word of nobody's nor a reason that can be undone."""
    for reason in ("lost", "certificateHold", "removeFromCRL"):
        with pytest.raises(ValueError):
            revoke_certificate(session, clock, certificate, reason)  # type: ignore[arg-type]
    assert certificate.revoked_at is None


def test_all_certificates_of_a_person_are_revoked(
    session: Session, cipher: Cipher, clock: FixedClock, realm: Realm, alice: User, bob: User, certificate: Certificate
) -> None:
    """Those that were not revoked yet, and nobody else's."""
    revoke_certificate(session, clock, certificate, RevocationReason.SUPERSEDED)
    second, other = (_issue(session, cipher, clock, realm, user) for user in (alice, bob))
    assert revoke_all_certificates(session, clock, alice.id, RevocationReason.PRIVILEGE_WITHDRAWN) == [second]
    assert (second.revocation_reason, certificate.revocation_reason) == ("privilegeWithdrawn", "superseded")
    assert other.revoked_at is None


def test_of_simultaneous_revocations_one_is_the_first(
    database: Database, session: Session, clock: FixedClock, certificate: Certificate
) -> None:
    """The others are told that they were not."""
    session.commit()

    def revoke(reason: RevocationReason) -> bool:
        with database.transaction() as own:
            return bool(revoke_certificate(own, clock, own.get_one(Certificate, certificate.id), reason))

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(revoke, RevocationReason)) == [False] * 5 + [True]


def test_claims_describe_the_certificate(certificate: Certificate, authority: CertificateAuthority) -> None:
    """The thumbprint is the base64url of the SHA-256 of the DER, without padding."""
    thumbprint = base64.urlsafe_b64encode(hashlib.sha256(certificate.certificate).digest()).decode().rstrip("=")
    assert build_certificate_claims(certificate) == {
        "x509_subject": "CN=alice,O=Demo Org",
        "x509_issuer": authority.subject,
        "x509_serial": certificate.serial_number,
        "x5t#S256": thumbprint,
    }
    assert len(thumbprint) == 43
