"""Rows of authorities whose keys somebody else holds."""

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import CertificateAuthority, Realm
from idp.pki.serial_numbers import format_serial_number


def insert_foreign_authority(
    session: Session,
    clock: Clock,
    *,
    realm: Realm,
    certificate: x509.Certificate,
    parent: CertificateAuthority | None = None,
) -> CertificateAuthority:
    """Return the realm's row of this authority, inserted where it is not there; without *parent* it is a root.

    One below a root is of kind issuing and retired: it is part of paths, and the realm issues nothing with it.
    """
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    known = session.scalars(
        select(CertificateAuthority).where(
            CertificateAuthority.realm_id == realm.id, CertificateAuthority.fingerprint == fingerprint
        )
    ).one_or_none()
    if known is not None:
        return known
    row = build_foreign_row(realm, certificate, clock.now(), parent)
    session.add(row)
    session.flush()
    return row


def build_foreign_row(
    realm: Realm, certificate: x509.Certificate, now: datetime, parent: CertificateAuthority | None = None
) -> CertificateAuthority:
    """Return a new row, not inserted, of an authority without its key."""
    return CertificateAuthority(
        realm_id=realm.id,
        parent_id=parent.id if parent else None,
        kind="issuing" if parent else "root",
        status="retired" if parent else "active",
        subject=certificate.subject.rfc4514_string()[:1024],
        serial_number=format_serial_number(certificate.serial_number),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
        certificate=certificate.public_bytes(Encoding.DER),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        created_at=now,
    )
