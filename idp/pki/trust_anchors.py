"""Foreign trust anchors of a realm: authorities of others whose certificates people may sign in with (RFC 5280 section 6.1.1)."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import Certificate, Realm, TrustAnchor
from idp.pki.anchor_chain import read_chain
from idp.pki.anchor_settings import AnchorSettings, read_anchor_settings
from idp.pki.names import sanitise
from idp.pki.serial_numbers import format_serial_number
from idp.pki.trust import load_trust_store, read_public_key

MAXIMUM = 20
"""How many anchors one realm may have: each is tried for every certificate that is not of the realm's own authorities."""
_NAME_OCTETS = 64


def add_anchor(
    session: Session, clock: Clock, *, realm: Realm, name: str, pem: bytes, settings: AnchorSettings
) -> TrustAnchor:
    """Insert an anchor: the first certificate of *pem*, and the others below it; it counts from the next second on.

    Raises `InvalidInput` where the name or a certificate does not fit, and `Conflict` where the name or the anchor is there already.
    """
    clean = _verify_name(name)
    chain = read_chain(pem, clock.now())
    if read_public_key(chain.anchor) in load_trust_store(session, realm.id).own_keys:
        raise InvalidInput(certificate="This is the realm's own authority, whose certificates count already.")
    if len(list_anchors(session, realm.id)) >= MAXIMUM:
        raise Conflict(f"a realm may have {MAXIMUM} trust anchors")
    anchor, now = chain.anchor, clock.now()
    row = TrustAnchor(
        realm_id=realm.id,
        name=clean,
        subject=anchor.subject.rfc4514_string()[:1024],
        serial_number=format_serial_number(anchor.serial_number),
        fingerprint=anchor.fingerprint(hashes.SHA256()).hex(),
        certificate=anchor.public_bytes(Encoding.DER),
        intermediates=b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain.intermediates),
        settings=settings.model_dump(mode="json"),
        not_before=anchor.not_valid_before_utc,
        not_after=anchor.not_valid_after_utc,
        created_at=now,
        updated_at=now,
    )
    return _insert(session, row)


def list_anchors(session: Session, realm_id: str) -> list[TrustAnchor]:
    """Return a realm's anchors, oldest first, disabled ones included."""
    statement = select(TrustAnchor).where(TrustAnchor.realm_id == realm_id)
    return list(session.scalars(statement.order_by(TrustAnchor.created_at, TrustAnchor.id)))


def get_anchor(session: Session, realm_id: str, name: str) -> TrustAnchor:
    """Return the realm's anchor with this name; raise `NotFound`."""
    statement = select(TrustAnchor).where(TrustAnchor.realm_id == realm_id, TrustAnchor.name == name)
    row = session.scalars(statement).one_or_none()
    if row is None:
        raise NotFound(f"there is no trust anchor {name}")
    return row


def get_anchor_by_id(session: Session, realm_id: str, anchor_id: str) -> TrustAnchor:
    """Return the realm's anchor with this id; raise `NotFound`."""
    row = session.get(TrustAnchor, anchor_id)
    if row is None or row.realm_id != realm_id:
        raise NotFound("no such trust anchor in this realm")
    return row


def read_settings(row: TrustAnchor) -> AnchorSettings:
    """Return the anchor's settings; raise `InvalidInput` where they are not those of this version."""
    return read_anchor_settings(row.settings)


def change_anchor(session: Session, clock: Clock, row: TrustAnchor, settings: AnchorSettings) -> dict[str, Any]:
    """Set all settings and return those that are others than before, as JSON has them."""
    before, after = row.settings, settings.model_dump(mode="json")
    row.settings, row.updated_at = after, clock.now()
    session.flush()
    return {name: value for name, value in after.items() if before.get(name) != value}


def replace_chain(session: Session, clock: Clock, row: TrustAnchor, pem: bytes) -> None:
    """Set the certificates below the anchor anew, with the anchor's own first in *pem*; raise `InvalidInput`."""
    chain = read_chain(pem, clock.now())
    if chain.anchor.public_bytes(Encoding.DER) != row.certificate:
        raise InvalidInput(
            certificate="The first certificate has to be the anchor itself; another one is another anchor."
        )
    row.intermediates = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain.intermediates)
    row.updated_at = clock.now()
    session.flush()


def switch_anchor(session: Session, clock: Clock, row: TrustAnchor, *, enabled: bool) -> bool:
    """Enable or disable it and tell whether that changed anything; what was bound under it stays, and counts with it."""
    changed = row.enabled is not enabled
    if changed:
        row.enabled, row.updated_at = enabled, clock.now()
        session.flush()
    return changed


def count_bound(session: Session, row: TrustAnchor) -> int:
    """Return how many certificates are bound to people under the anchor, revoked and expired ones included."""
    return session.scalar(select(func.count()).where(Certificate.trust_anchor_id == row.id)) or 0


def remove_anchor(session: Session, row: TrustAnchor) -> None:
    """Delete it, and with it what was bound under it."""
    session.delete(row)
    session.flush()


def describe_anchor(row: TrustAnchor) -> Mapping[str, str]:
    """Return what events say of it."""
    return {"anchor": row.name, "fingerprint": row.fingerprint, "subject": row.subject}


def _verify_name(name: str) -> str:
    clean = sanitise(name, _NAME_OCTETS)
    if not clean or clean != name:
        raise InvalidInput(name="Use 1 to 64 characters on one line.")
    return clean


def _insert(session: Session, row: TrustAnchor) -> TrustAnchor:
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise Conflict("the realm has an anchor with this name, or this very certificate, already") from error
    return row
