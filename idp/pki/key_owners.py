"""A key is for one person alone: whose certificates it is in already (RFC 5280 section 4.2.1.2; CA/Browser Forum BR section 6.1.1.3).

The same person may have theirs certified again: keys in smart cards and TPMs are few, and stay where they are. A key that was
reported as compromised is refused for ever, to its owner too.
"""

from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.errors import InvalidInput
from idp.models import Certificate, CertificateAuthority, OcspSigner, TrustAnchor, User
from idp.pki.key_pairs import PublicKey, fingerprint_key
from idp.pki.revocation import RevocationReason

TAKEN = "This key is in use elsewhere already. A key is for one person alone: make a new one."
COMPROMISED = (
    "You have reported this key as lost, or as known to somebody else. It is not certified again: make a new one."
)


def verify_key_owner(session: Session, user: User, public_key: PublicKey) -> None:
    """Verify that nobody but *user* has used the key in the realm, nor an authority, and that it is not compromised.

    Raises `InvalidInput` with a text for `key`.
    """
    fingerprint = fingerprint_key(public_key)
    statement = select(Certificate.user_id, Certificate.revocation_reason).where(
        Certificate.realm_id == user.realm_id, Certificate.key_fingerprint == fingerprint
    )
    earlier = session.execute(statement).all()
    if any(owner != user.id for owner, _ in earlier):
        raise InvalidInput(key=TAKEN)
    if any(reason == RevocationReason.KEY_COMPROMISE for _, reason in earlier):
        raise InvalidInput(key=COMPROMISED)
    if fingerprint in {fingerprint_key(key) for key in _iterate_authority_keys(session, user.realm_id)}:
        raise InvalidInput(key=TAKEN)


def is_compromised(session: Session, realm_id: str, public_key: PublicKeyTypes) -> bool:
    """Tell whether a certificate of the realm with this key was revoked because somebody else may have the key."""
    statement = select(Certificate.id).where(
        Certificate.realm_id == realm_id,
        Certificate.key_fingerprint == fingerprint_key(public_key),
        Certificate.revocation_reason == RevocationReason.KEY_COMPROMISE.value,
    )
    return session.scalars(statement.limit(1)).first() is not None


def _iterate_authority_keys(session: Session, realm_id: str) -> Iterator[PublicKeyTypes]:
    """Yield the keys of the realm's authorities, of those that wait for a certificate, of their delegates and of its anchors."""
    ours = CertificateAuthority.realm_id == realm_id
    for kind, der in session.execute(select(CertificateAuthority.kind, CertificateAuthority.certificate).where(ours)):
        yield (x509.load_der_x509_csr if kind == "request" else x509.load_der_x509_certificate)(der).public_key()
    signers = select(OcspSigner.certificate).join(CertificateAuthority).where(ours)
    anchors = select(TrustAnchor.certificate).where(TrustAnchor.realm_id == realm_id)
    for der in (*session.scalars(signers), *session.scalars(anchors)):
        yield x509.load_der_x509_certificate(der).public_key()
