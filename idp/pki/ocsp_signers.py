"""Who signs OCSP answers: a key of its own for each issuing authority, certified for a month (RFC 6960 section 4.2.2.2).

Answers are signed while requests wait, so it is not the authority's key that does it.
"""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import CertificateAuthority, OcspSigner
from idp.pki.authority_keys import AuthorityKeys, KeyPurpose, open_store
from idp.pki.authority_locks import hold_authority
from idp.pki.lints import CertificateKind, LintContext
from idp.pki.preparation import prepare_certificate
from idp.pki.profiles import BACKDATE
from idp.pki.signing import sign_certificate
from idp.pki.templates import Validity, build_ocsp_signer_template

LIFETIME = timedelta(days=30)


def renew_if_due(session: Session, keys: AuthorityKeys, clock: Clock, authority_id: str) -> bool:
    """Make the authority's signer if it is due and tell whether it was; whoever comes at the same time waits and finds it.

    It is due where there is none, and when half of its time is over.
    """
    now = clock.now().replace(microsecond=0)
    if not _is_due(session, authority_id, now):
        return False
    hold_authority(session, authority_id)
    if not _is_due(session, authority_id, now):
        return False
    _renew(session, keys, session.get_one(CertificateAuthority, authority_id), now)
    return True


def sign_answer(keys: AuthorityKeys, builder: ocsp.OCSPResponseBuilder, private_key_encrypted: bytes) -> bytes:
    """Return the answer in DER, signed with a signer's key; raise `SigningFailed`."""
    key = open_store(keys).load(private_key_encrypted, KeyPurpose.OCSP_SIGNER)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def _is_due(session: Session, authority_id: str, now: datetime) -> bool:
    authority = session.get_one(CertificateAuthority, authority_id)
    if now >= authority.not_after:
        return False
    row = session.get(OcspSigner, authority_id, populate_existing=True)
    if row is None:
        return True
    # The last one ends with its authority, and a further one could not last any longer.
    return row.not_after < authority.not_after and now >= row.not_before + (row.not_after - row.not_before) / 2


def _renew(session: Session, keys: AuthorityKeys, authority: CertificateAuthority, now: datetime) -> None:
    key = open_store(keys).create(KeyPurpose.OCSP_SIGNER)
    issuer = x509.load_der_x509_certificate(authority.certificate)
    template = build_ocsp_signer_template(key.public_key, Validity(now - BACKDATE, now + LIFETIME), issuer)
    prepared = prepare_certificate(template, LintContext(CertificateKind.OCSP_SIGNER, issuer))
    certificate = sign_certificate(keys, prepared, authority)
    row = session.get(OcspSigner, authority.id)
    if row is None:
        row = OcspSigner(authority_id=authority.id)
        session.add(row)
    row.certificate, row.private_key_encrypted = certificate.public_bytes(Encoding.DER), key.private_key_encrypted
    row.not_before, row.not_after = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    session.flush()
