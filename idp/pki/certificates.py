"""The certificates of a person: listing them, and what was seen of them."""

from sqlalchemy import ColumnElement, Table, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import NotFound
from idp.models import Certificate, TrustAnchor
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
    )
    .order_by(_CERTIFICATE.c.created_at.desc(), _CERTIFICATE.c.id)
)
_NOTE_USE = update(_CERTIFICATE).where(_CERTIFICATE.c.id == bindparam("certificate")).values(last_used_at=_NOW)


def list_certificates(session: Session, user_id: str) -> list[Certificate]:
    """Return a person's certificates, newest first, expired and revoked ones included."""
    statement = select(Certificate).where(Certificate.user_id == user_id)
    return list(session.scalars(statement.order_by(Certificate.created_at.desc(), Certificate.id)))


def list_usable_certificates(transaction: Transaction, clock: Clock, user_id: str) -> list[Certificate]:
    """Return the person's certificates, newest first, that are unrevoked, within their time, and of no disabled anchor."""
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


def record_proof(session: Session, clock: Clock, certificate_id: str) -> None:
    """Note that the person has presented this certificate with success; the first time stays."""
    now = clock.now()
    values = {"proven_at": func.coalesce(Certificate.proven_at, now), "last_used_at": now}
    statement = update(Certificate).where(Certificate.id == certificate_id).values(values)
    options = {"synchronize_session": False, "populate_existing": True}  # the object too, where the session has it
    session.scalars(statement.returning(Certificate).execution_options(**options)).all()


def record_use(transaction: Transaction, clock: Clock, certificate_id: str) -> None:
    """Note that the certificate was used to sign in."""
    transaction.change(_NOTE_USE, {"certificate": certificate_id, "now": clock.now()})


def has_proven_certificate(session: Session, clock: Clock, user_id: str) -> bool:
    """Whether the person holds a certificate that is proven, unrevoked and within its time."""
    return _exists(session, user_id, *_is_usable(clock), Certificate.proven_at.is_not(None))


def has_usable_certificate(session: Session, clock: Clock, user_id: str) -> bool:
    """Whether the person holds a certificate, proven or not, that is unrevoked and within its time."""
    return _exists(session, user_id, *_is_usable(clock))


def has_only_expired_certificates(session: Session, clock: Clock, user_id: str) -> bool:
    """Whether the person's unrevoked certificates, of which there is at least one, have all expired."""
    unrevoked = [row for row in list_certificates(session, user_id) if row.revoked_at is None]
    return bool(unrevoked) and all(row.not_after < clock.now() for row in unrevoked)


def _is_usable(clock: Clock) -> tuple[ColumnElement[bool], ...]:
    now = clock.now()
    return (_TRUSTED, Certificate.revoked_at.is_(None), Certificate.not_before <= now, Certificate.not_after >= now)


def _exists(session: Session, user_id: str, *conditions: ColumnElement[bool]) -> bool:
    statement = select(Certificate.id).where(Certificate.user_id == user_id, *conditions).limit(1)
    return session.scalars(statement).first() is not None
