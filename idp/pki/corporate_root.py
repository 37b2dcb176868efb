"""An issuing authority under a root of somebody else's: a request goes out, a certificate comes in (RFC 2986, RFC 5280 section 6)."""

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import InvalidInput, NotFound
from idp.models import CertificateAuthority, Realm, new_id
from idp.pki.authorities import list_issuing_authorities
from idp.pki.authority_creation import build_authority_name
from idp.pki.authority_keys import AuthorityKeys
from idp.pki.authority_rows import insert_foreign_authority
from idp.pki.roll_over import retire
from idp.pki.serial_numbers import format_serial_number
from idp.pki.signing import create_authority_key, sign_request
from idp.pki.usage import has_strong_key

_MAXIMUM_ABOVE = 3  # what path validation allows between a person's certificate and the root, our own included


def create_request(
    session: Session, keys: AuthorityKeys, clock: Clock, *, realm: Realm
) -> x509.CertificateSigningRequest:
    """Make a key for a new issuing authority and return the request for its certificate; an earlier one is forgotten."""
    for earlier in list_requests(session, realm.id):
        session.delete(earlier)
    key = create_authority_key(keys)
    generation = len(list_issuing_authorities(session, realm.id)) + 1
    name = build_authority_name(realm, "Issuing CA", generation)
    builder = x509.CertificateSigningRequestBuilder(subject_name=name).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    request = sign_request(keys, builder, key)
    session.add(_build_row(realm, request, key.private_key_encrypted, clock.now()))
    session.flush()
    return request


def import_chain(session: Session, clock: Clock, *, realm: Realm, pem: bytes) -> CertificateAuthority:
    """Take the certificate that was made for the request, followed by those above it up to the root; return the authority.

    The authorities before it are retired. Raises `NotFound` where no request waits, and `InvalidInput` that says what does not fit.
    """
    waiting = list_requests(session, realm.id)
    if not waiting:
        raise NotFound("no request is waiting for a certificate")
    own, *above = _read_chain(pem, clock.now())
    _verify_own(own, waiting[0])
    earlier = list_issuing_authorities(session, realm.id)
    parent: CertificateAuthority | None = None
    for certificate in reversed(above):
        parent = insert_foreign_authority(session, clock, realm=realm, certificate=certificate, parent=parent)
    _complete(waiting[0], own, parent, clock.now())
    retire(earlier)
    session.flush()
    return waiting[0]


def find_request(session: Session, realm_id: str) -> CertificateAuthority | None:
    """Return the request that waits for its certificate: its DER is where an authority has its certificate."""
    return next(iter(list_requests(session, realm_id)), None)


def list_requests(session: Session, realm_id: str) -> list[CertificateAuthority]:
    """Return what waits for its certificate: one, or none."""
    statement = select(CertificateAuthority).where(
        CertificateAuthority.realm_id == realm_id, CertificateAuthority.kind == "request"
    )
    return list(session.scalars(statement))


def _build_row(
    realm: Realm, request: x509.CertificateSigningRequest, private_key: bytes, now: datetime
) -> CertificateAuthority:
    der = request.public_bytes(Encoding.DER)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(der)
    return CertificateAuthority(
        id=new_id(),
        realm_id=realm.id,
        kind="request",
        status="waiting",
        subject=request.subject.rfc4514_string(),
        serial_number="",
        fingerprint=digest.finalize().hex(),
        certificate=der,
        private_key_encrypted=private_key,
        not_before=now,
        not_after=now,
        created_at=now,
    )


def _read_chain(pem: bytes, now: datetime) -> list[x509.Certificate]:
    try:
        chain = x509.load_pem_x509_certificates(pem)
        for below, above in zip(chain, [*chain[1:], chain[-1]], strict=True):
            below.verify_directly_issued_by(above)
            constraints = below.extensions.get_extension_for_class(x509.BasicConstraints).value
            usage = below.extensions.get_extension_for_class(x509.KeyUsage).value
            if not (constraints.ca and usage.key_cert_sign and has_strong_key(below)):
                raise InvalidInput(certificate="One of the certificates is no authority's, or its key is too weak.")
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound) as error:
        raise InvalidInput(
            certificate="Give the new certificate, then those above it in their order, down to the self-signed root, in PEM."
        ) from error
    if any(not c.not_valid_before_utc <= now < c.not_valid_after_utc for c in chain):
        raise InvalidInput(certificate="One of the certificates is not valid now.")
    if not 2 <= len(chain) <= 1 + _MAXIMUM_ABOVE:
        raise InvalidInput(certificate=f"There have to be 1 to {_MAXIMUM_ABOVE} authorities above the new one.")
    return chain


def _verify_own(certificate: x509.Certificate, waiting: CertificateAuthority) -> None:
    request = x509.load_der_x509_csr(waiting.certificate)
    if certificate.public_key() != request.public_key() or certificate.subject != request.subject:
        raise InvalidInput(certificate="The first certificate is not for the key and the name that were requested.")
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    if not usage.crl_sign:
        raise InvalidInput(certificate="The certificate does not allow signing revocation lists (keyUsage cRLSign).")


def _complete(
    row: CertificateAuthority, certificate: x509.Certificate, parent: CertificateAuthority | None, now: datetime
) -> None:
    row.kind, row.status, row.parent_id = "issuing", "active", parent.id if parent else None
    row.certificate = certificate.public_bytes(Encoding.DER)
    row.fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    row.serial_number = format_serial_number(certificate.serial_number)
    row.not_before, row.not_after = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    row.created_at = now
