"""The certificates of a person: listing them, and what was seen of them."""

from datetime import datetime

from sqlalchemy import ColumnElement, Table, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import InvalidInput, NotFound
from idp.models import Certificate, RecoveryCode, TrustAnchor, User
from idp.pki.enrolments import NAMELESS, sanitise_device_name
from idp.storage.transaction import Transaction

_CERTIFICATE: Table = Certificate.__table__  # type: ignore[assignment]
_NOW = bindparam("now", type_=_CERTIFICATE.c.not_after.type)
_ANCHOR: Table = TrustAnchor.__table__  # type: ignore[assignment]
_TRUSTED = _CERTIFICATE.c.trust_anchor_id.is_(None) | exists(
    select(1).where(_ANCHOR.c.id == _CERTIFICATE.c.trust_anchor_id, _ANCHOR.c.enabled.is_(True))
)
_USABLE = (
    select(_CERTIFICATE)
    .where(
        _TRUSTED,
        _CERTIFICATE.c.user_id == bindparam("user"),
        _CERTIFICATE.c.revoked_at.is_(None),
        _CERTIFICATE.c.not_before <= _NOW,
        _CERTIFICATE.c.not_after >= _NOW,
        _CERTIFICATE.c.superseded_at.is_(None) | (_CERTIFICATE.c.superseded_at > _NOW),
    )
    .order_by(_CERTIFICATE.c.created_at.desc(), _CERTIFICATE.c.id)
)
_NOTE_USE = (
    update(_CERTIFICATE)
    .where(_CERTIFICATE.c.id == bindparam("certificate"), _CERTIFICATE.c.revoked_at.is_(None))
    .values(last_used_at=_NOW, proven_at=func.coalesce(_CERTIFICATE.c.proven_at, _NOW))
)

REQUESTED = "requested"
"""What `Certificate.bound_by` is where the person has made the key, which no file of ours holds."""


def list_certificates(session: Session, user_id: str) -> list[Certificate]:
    """Return a person's certificates, newest first, expired and revoked ones included."""
    statement = select(Certificate).where(Certificate.user_id == user_id)
    return list(session.scalars(statement.order_by(Certificate.created_at.desc(), Certificate.id)))


def list_usable_certificates(transaction: Transaction, clock: Clock, user_id: str) -> list[Certificate]:
    """Return the person's certificates, newest first, that count at the moment: none of a disabled anchor either."""
    return transaction.load(Certificate, _USABLE, {"user": user_id, "now": clock.now()})


def get_certificate(session: Session, realm_id: str, certificate_id: str, user_id: str) -> Certificate:
    """Return the person's certificate with this id; raise `NotFound`, also for somebody else's."""
    statement = select(Certificate).where(
        Certificate.id == certificate_id, Certificate.realm_id == realm_id, Certificate.user_id == user_id
    )
    certificate = session.scalars(statement).one_or_none()
    if certificate is None:
        raise NotFound("no such certificate")
    return certificate


def describe_issued(certificate: Certificate) -> dict[str, str]:
    """Return what the event says of a certificate that was just issued, and of the way it was."""
    return {
        "method": "csr" if certificate.bound_by == REQUESTED else "pkcs12",
        "device_name": certificate.device_name,
        "platform": certificate.platform,
        "serial_number": certificate.serial_number,
        "fingerprint": certificate.fingerprint,
    }


def rename_certificate(certificate: Certificate, device_name: str) -> str:
    """Give the certificate's device another name and return the earlier one; raise `InvalidInput` where nothing of it can be shown."""
    name, earlier = sanitise_device_name(device_name), certificate.device_name
    if not name:
        raise InvalidInput(device_name=NAMELESS)
    certificate.device_name = name
    return earlier


def record_use(transaction: Transaction, clock: Clock, certificate_id: str) -> bool:
    """Note that the person has shown the certificate, at sign-in or in a test, which proves it; the first time stays.

    Returns False where it was revoked a moment ago. Whoever revokes it from now on waits for this transaction, and finds the session.
    """
    return bool(transaction.change(_NOTE_USE, {"certificate": certificate_id, "now": clock.now()}))


def has_proven_certificate(session: Session, clock: Clock, user_id: str) -> bool:
    """Whether the person holds a certificate that is proven, unrevoked and within its time."""
    return _exists(session, user_id, *_is_usable(clock), Certificate.proven_at.is_not(None))


def has_usable_certificate(session: Session, clock: Clock, user_id: str) -> bool:
    """Whether the person holds a certificate, proven or not, that is unrevoked and within its time."""
    return _exists(session, user_id, *_is_usable(clock))


def has_only_expired_certificates(session: Session, clock: Clock, user_id: str) -> bool:
    """Whether the person's certificates have all ended, and the last of them by its own time and not by a revocation."""
    rows = list_certificates(session, user_id)
    ends = [row.not_after for row in rows if row.revoked_at is None]
    taken = [row.revoked_at for row in rows if row.revoked_at is not None and row.superseded_at is None]
    return bool(ends) and max(ends) < clock.now() and max(taken, default=min(ends)) <= max(ends)


def owes_certificate(session: Session, user: User) -> bool:
    """Whether the person was told to sign in with a certificate and has never shown one: an administrator's invitation does that.

    Whoever has shown one has recovery codes as well, which stay when the certificate goes with its anchor, or to somebody else.
    """
    if user.two_factor_enabled_at is None:
        return False
    shown = Certificate.proven_at.is_not(None) | Certificate.last_used_at.is_not(None)
    codes = select(RecoveryCode.id).where(RecoveryCode.user_id == user.id).limit(1)
    return not _exists(session, user.id, shown) and session.scalars(codes).first() is None


def counts_at(now: datetime, certificate: type[Certificate] = Certificate) -> ColumnElement[bool]:
    """Return the condition that *certificate*, the table or an alias of it, is neither revoked nor superseded at *now*."""
    superseded_at = certificate.superseded_at
    return certificate.revoked_at.is_(None) & (superseded_at.is_(None) | (superseded_at > now))


def _is_usable(clock: Clock) -> tuple[ColumnElement[bool], ...]:
    now = clock.now()
    return (_TRUSTED, counts_at(now), Certificate.not_before <= now, Certificate.not_after >= now)


def _exists(session: Session, user_id: str, *conditions: ColumnElement[bool]) -> bool:
    statement = select(Certificate.id).where(Certificate.user_id == user_id, *conditions).limit(1)
    return session.scalars(statement).first() is not None
