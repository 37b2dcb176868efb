"""A root's revocation list where its key is not here: made elsewhere, brought here to be published (RFC 5280 sections 5 and 6.3.3)."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import InvalidInput, NotFound
from idp.models import CertificateAuthority, Realm, RevocationList
from idp.pki.authorities import list_roots
from idp.pki.authority_locks import hold_authority


def import_root_list(session: Session, clock: Clock, *, realm: Realm, data: bytes) -> RevocationList:
    """Publish the list in PEM or DER that a root of the realm has signed, in the place of its last one, and return it.

    Raises `NotFound` where no root has signed it, and `InvalidInput` where it is not newer than the last one, is not good now, or
    leaves out an authority that was revoked.
    """
    signed = _read(data)
    root = next((row for row in list_roots(session, realm.id) if _has_signed(row, signed)), None)
    if root is None:
        raise NotFound("no root of the realm has signed this list")
    hold_authority(session, root.id)
    row = session.get(RevocationList, root.id, populate_existing=True) or RevocationList(authority_id=root.id, number=0)
    this_update, next_update = _verify_times(signed, clock.now())
    number = _verify_number(signed, row.number)
    _verify_complete(session, root, signed, clock.now())
    row.number, row.data = number, signed.public_bytes(Encoding.DER)
    row.this_update, row.next_update = this_update, next_update
    session.add(row)
    session.flush()
    return row


def _read(data: bytes) -> x509.CertificateRevocationList:
    try:
        load = x509.load_pem_x509_crl if b"-----BEGIN" in data else x509.load_der_x509_crl
        return load(data)
    except ValueError as error:
        raise InvalidInput(list="This is no revocation list in PEM or DER.") from error


def _has_signed(root: CertificateAuthority, signed: x509.CertificateRevocationList) -> bool:
    certificate = x509.load_der_x509_certificate(root.certificate)
    key = certificate.public_key()
    same = signed.issuer.public_bytes() == certificate.subject.public_bytes()
    return same and isinstance(key, ec.EllipticCurvePublicKey) and signed.is_signature_valid(key)


def _verify_times(signed: x509.CertificateRevocationList, now: datetime) -> tuple[datetime, datetime]:
    next_update = signed.next_update_utc
    if next_update is None or not signed.last_update_utc <= now < next_update:
        raise InvalidInput(list="The list is not good at present.")
    return signed.last_update_utc, next_update


def _verify_number(signed: x509.CertificateRevocationList, last: int) -> int:
    try:
        number = signed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except (ValueError, x509.ExtensionNotFound) as error:
        raise InvalidInput(list="The list has no number.") from error
    if not last < number < 1 << 31:
        raise InvalidInput(list=f"The list has to have a higher number than the last one, {last}.")
    return number


def _verify_complete(
    session: Session, root: CertificateAuthority, signed: x509.CertificateRevocationList, now: datetime
) -> None:
    revoked = select(CertificateAuthority.serial_number, CertificateAuthority.subject).where(
        CertificateAuthority.parent_id == root.id,
        CertificateAuthority.revoked_at.is_not(None),
        CertificateAuthority.not_after >= now,
    )
    for serial_number, subject in session.execute(revoked):
        if signed.get_revoked_certificate_by_serial_number(int(serial_number, 16)) is None:
            raise InvalidInput(list=f"The list leaves out {subject}, which was revoked.")
