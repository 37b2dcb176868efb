"""The certificates of a realm, found by what is known of them, paged by key."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import NotFound
from idp.models import Certificate, TrustAnchor, User
from idp.pki.certificates import counts_at

SOON = timedelta(days=30)
_HEXADECIMAL = re.compile(r"[0-9a-f]{6,64}")


class CertificateState(StrEnum):
    """Which certificates are looked for; `expiring` are those of `active` that end within 30 days."""

    ALL = "all"
    ACTIVE = "active"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    REVOKED = "revoked"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class CertificatePosition:
    """Between two certificates, which are in the order of their ends and ids."""

    not_after: datetime
    id: str


def search_certificates(
    session: Session,
    clock: Clock,
    realm_id: str,
    *,
    state: CertificateState = CertificateState.ALL,
    text: str = "",
    after: CertificatePosition | None = None,
    limit: int = 50,
) -> Sequence[Row[Certificate, User]]:
    """Return certificates with their people: those that are expiring in the order of their ends, others the latest end first.

    *text* is part of a username, of an email address, of a subject or of a device's name; the beginning of a serial number or of a
    SHA-256 fingerprint, with or without colons; or an anchor's name.
    """
    statement = (
        select(Certificate, User)
        .join(User, User.id == Certificate.user_id)
        .where(Certificate.realm_id == realm_id, *_in_state(state, clock.now()))
    )
    if text:
        statement = statement.where(_mentions(realm_id, text))
    soonest_first = state is CertificateState.EXPIRING
    if after is not None:
        statement = statement.where(_beyond(after, soonest_first=soonest_first))
    order = (Certificate.not_after, Certificate.id)
    ordered = order if soonest_first else (column.desc() for column in order)
    return session.execute(statement.order_by(*ordered).limit(limit)).all()


def get_certificate_of_realm(session: Session, realm_id: str, certificate_id: str) -> Certificate:
    """Return the realm's certificate with this id; raise `NotFound`, also for another realm's."""
    row = session.get(Certificate, certificate_id)
    if row is None or row.realm_id != realm_id:
        raise NotFound("no such certificate")
    return row


def find_state(row: Certificate, now: datetime) -> CertificateState:
    """Return whether it is active, expiring, expired or revoked; one that was superseded is revoked."""
    if row.revoked_at or (row.superseded_at is not None and row.superseded_at <= now):
        return CertificateState.REVOKED
    if row.not_after <= now:
        return CertificateState.EXPIRED
    return CertificateState.EXPIRING if row.not_after <= now + SOON else CertificateState.ACTIVE


def _in_state(state: CertificateState, now: datetime) -> tuple[ColumnElement[bool], ...]:
    counts, end = counts_at(now), Certificate.not_after
    return {
        CertificateState.ALL: (),
        CertificateState.ACTIVE: (counts, end > now),
        CertificateState.EXPIRING: (counts, end > now, end <= now + SOON),
        CertificateState.EXPIRED: (counts, end <= now),
        CertificateState.REVOKED: (~counts,),
        CertificateState.FOREIGN: (Certificate.trust_anchor_id.is_not(None),),
    }[state]


def _mentions(realm_id: str, text: str) -> ColumnElement[bool]:
    people = select(User.id).where(
        User.realm_id == realm_id,
        or_(*(column.icontains(text, autoescape=True) for column in (User.username, User.email))),
    )
    anchors = select(TrustAnchor.id).where(TrustAnchor.realm_id == realm_id, TrustAnchor.name == text)
    ways = [
        Certificate.user_id.in_(people),
        Certificate.trust_anchor_id.in_(anchors),
        *(column.icontains(text, autoescape=True) for column in (Certificate.subject, Certificate.device_name)),
    ]
    number = re.sub(r"[\s:]", "", text).lower()
    if _HEXADECIMAL.fullmatch(number):
        ways += [column.startswith(number) for column in (Certificate.serial_number, Certificate.fingerprint)]
    return or_(*ways)


def _beyond(position: CertificatePosition, *, soonest_first: bool) -> ColumnElement[bool]:
    end, key = Certificate.not_after, Certificate.id
    if soonest_first:
        return or_(end > position.not_after, and_(end == position.not_after, key > position.id))
    return or_(end < position.not_after, and_(end == position.not_after, key < position.id))
