"""Find certificates among all of a realm's, a page at a time, by the end of their time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import NotFound
from idp.models import Certificate, User
from idp.models.user import normalise
from idp.pki.certificate_mentions import narrow_to_text
from idp.pki.certificate_status import CertificateStatus, has_status
from idp.pki.serial_numbers import format_serial_number
from idp.storage.keyset import Position, order_by_key, order_from
from idp.storage.planning import Way, looking

_HEXADECIMAL, _NONE = frozenset("0123456789abcdef"), "no number"


@dataclass(frozen=True, kw_only=True)
class CertificateQuery:
    """What certificates have to be like.

    `user` is a username or an address, `serial_number` and `fingerprint` are hexadecimal with or without colons (of the latter the
    beginning is enough), `subject` and `device` are parts. `text` is as for
    `idp.pki.certificate_mentions.narrow_to_text`. Without `soonest_first` those that last longest come first.
    """

    user_id: str | None = None
    user: str | None = None
    serial_number: str | None = None
    fingerprint: str | None = None
    subject: str | None = None
    device: str | None = None
    text: str | None = None
    statuses: Collection[CertificateStatus] = ()
    anchor_id: str | None = None
    foreign: bool = False
    expires_before: datetime | None = None
    expires_after: datetime | None = None
    soonest_first: bool = False


@dataclass(frozen=True)
class FoundCertificate:
    """A certificate and its owner."""

    row: Certificate
    user: User


def search_certificates(
    session: Session,
    clock: Clock,
    realm_id: str,
    query: CertificateQuery,
    *,
    limit: int = 100,
    after: str | Position | None = None,
) -> list[FoundCertificate]:
    """Return *limit* certificates behind a position or an id; raise `InvalidInput` where the latter is not the realm's."""
    statement = (
        select(Certificate, User)
        .join(User, User.id == Certificate.user_id)
        .where(Certificate.realm_id == realm_id, *_conditions(realm_id, query, clock.now()))
    )
    way = Way.EITHER
    if query.text:
        statement, way = narrow_to_text(session, statement, realm_id, query.text)
    end, ascending = Certificate.not_after, query.soonest_first
    if isinstance(after, str):
        ordered = order_by_key(session, statement, end, realm_id=realm_id, after=after, ascending=ascending)
    else:
        ordered = order_from(statement, end, after, ascending=ascending)
    with looking(session, way):
        return [FoundCertificate(row, user) for row, user in session.execute(ordered.limit(limit)).all()]


def get_certificate_of_realm(session: Session, realm_id: str, certificate_id: str) -> FoundCertificate:
    """Return the certificate with this id; raise `NotFound`, also for another realm's."""
    statement = select(Certificate, User).join(User, User.id == Certificate.user_id)
    found = session.execute(
        statement.where(Certificate.id == certificate_id, Certificate.realm_id == realm_id)
    ).one_or_none()
    if found is None:
        raise NotFound("no such certificate in this realm")
    return FoundCertificate(found[0], found[1])


def _conditions(realm_id: str, query: CertificateQuery, now: datetime) -> list[ColumnElement[bool]]:
    equal = (
        (Certificate.user_id, query.user_id),
        (Certificate.trust_anchor_id, query.anchor_id),
        (Certificate.serial_number, _read_serial_number(query.serial_number)),
    )
    parts = ((Certificate.subject, query.subject), (Certificate.device_name, query.device))
    conditions: list[ColumnElement[bool]] = [column == value for column, value in equal if value is not None]
    conditions += [func.lower(column).contains(part.lower(), autoescape=True) for column, part in parts if part]
    if query.fingerprint:
        beginning = _read_hexadecimal(query.fingerprint)
        # A range, because an index is no help to LIKE in most collations; "g" follows every hexadecimal digit.
        conditions += [Certificate.fingerprint >= beginning, Certificate.fingerprint < f"{beginning}g"]
    if query.user:
        name = normalise(query.user)
        owner = select(User.id).where(User.realm_id == realm_id, or_(User.username == name, User.email == name))
        conditions.append(Certificate.user_id.in_(owner))
    if query.expires_before is not None:
        conditions.append(Certificate.not_after < query.expires_before)
    if query.expires_after is not None:
        conditions.append(Certificate.not_after >= query.expires_after)
    if query.foreign:
        conditions.append(Certificate.trust_anchor_id.is_not(None))
    if query.statuses:
        conditions.append(has_status(query.statuses, now))
    return conditions


def _read_serial_number(text: str | None) -> str | None:
    digits = None if text is None else _read_hexadecimal(text)
    return digits if digits in {None, _NONE} else format_serial_number(int(digits or "", 16))


def _read_hexadecimal(text: str) -> str:
    """Return the digits of a number as people copy it, ``0A:1B``; what is none finds nothing."""
    digits = text.lower().replace(":", "").replace(" ", "").removeprefix("0x")
    return digits if digits and set(digits) <= _HEXADECIMAL else _NONE
