"""Roots of others, which a realm trusts for the certificates of applications (RFC 8705 section 2.1, RFC 5280 section 6.1.1).

They make nobody a person of the realm: people's certificates are found by their fingerprint among those it has issued.
"""

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import Conflict, InvalidInput
from idp.models import CertificateAuthority, Realm
from idp.pki.authority_rows import build_foreign_row
from idp.pki.usage import has_strong_key


def trust_root(session: Session, clock: Clock, *, realm: Realm, pem: bytes) -> CertificateAuthority:
    """Insert a root, whose key somebody else holds; raise `InvalidInput` where it is none, `Conflict` where it is there."""
    certificate = _read_root(pem)
    if certificate.not_valid_after_utc < clock.now():
        raise InvalidInput(certificate="The root's time is over.")
    row = build_foreign_row(realm, certificate, clock.now())
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("the realm trusts this root already") from error
    return row


def _read_root(pem: bytes) -> x509.Certificate:
    try:
        (certificate,) = x509.load_pem_x509_certificates(pem)
        certificate.verify_directly_issued_by(certificate)
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound) as error:
        raise InvalidInput(certificate="This is not one self-signed root in PEM.") from error
    if not constraints.ca or not has_strong_key(certificate):
        raise InvalidInput(certificate="This is no authority, or its key is too weak.")
    return certificate
