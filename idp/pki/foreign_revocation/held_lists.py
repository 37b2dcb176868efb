"""What the lists that are held say of a certificate: one row of each list, looked up by key."""

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from idp.models import ForeignList, ForeignListEntry
from idp.pki.foreign_revocation.list_store import IN_FORCE
from idp.pki.foreign_revocation.list_verification import Scope
from idp.pki.foreign_revocation.questions import Question, Standing


def find_listed(session: Session, question: Question, now: datetime) -> Standing:
    """Return what the issuer's lists say.

    Whatever a list names is revoked, also once the list is too old to show that anything is not: nobody takes a revocation back.
    """
    standing = Standing.UNKNOWN
    for row, listed in session.execute(_select(question.anchor_id, question.issuer_key, question.serial_number)):
        if listed:
            return Standing.REVOKED
        if _covers(row, question) and now < _end_of(row, question.settings.maximum_age):
            standing = Standing.GOOD
    return standing


def is_listed(session: Session, anchor_id: str, issuer_key: str, serial_number: bytes) -> bool:
    """Whether any list of the issuer names this serial number."""
    return any(listed for _, listed in session.execute(_select(anchor_id, issuer_key, serial_number)))


def _select(anchor_id: str, issuer_key: str, serial_number: bytes) -> Select[ForeignList, bool]:
    listed = exists().where(ForeignListEntry.list_id == ForeignList.id, ForeignListEntry.serial_number == serial_number)
    return select(ForeignList, listed).where(
        ForeignList.anchor_id == anchor_id,
        ForeignList.issuer_key == issuer_key,
        *IN_FORCE,
    )


def _covers(row: ForeignList, question: Question) -> bool:
    if row.scope != Scope.ALL and (row.scope == Scope.CA) != question.is_authority:
        return False
    points = set(row.distribution_points)
    return not points or not points.isdisjoint(question.distribution_points)


def _end_of(row: ForeignList, maximum_age: int) -> datetime:
    return row.next_update or row.this_update + timedelta(seconds=maximum_age)
