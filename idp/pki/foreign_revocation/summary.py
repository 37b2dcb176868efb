"""What is held of the revocation of a realm's anchors, in numbers, for a list of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from idp.models import ForeignAnswer, ForeignList, ForeignListSource, TrustAnchor
from idp.pki.foreign_revocation.list_store import IN_FORCE


@dataclass(frozen=True)
class Held:
    """The lists in force and how many of them are too old, OCSP answers, and the error of an address that fails at present."""

    lists: int = 0
    late_lists: int = 0
    entries: int = 0
    answers: int = 0
    error: str = ""
    error_url: str = ""


def summarise(session: Session, realm_id: str, now: datetime) -> Mapping[str, Held]:
    """Return what is held by the id of each anchor of the realm."""
    ids = select(TrustAnchor.id).where(TrustAnchor.realm_id == realm_id)
    lists = _count_lists(session, ids, now)
    answers = _count_answers(session, ids)
    errors = _find_errors(session, ids)
    return {
        anchor_id: Held(*lists.get(anchor_id, (0, 0, 0)), answers.get(anchor_id, 0), *errors.get(anchor_id, ("", "")))
        for anchor_id in session.scalars(ids)
    }


def _count_lists(session: Session, ids: object, now: datetime) -> dict[str, tuple[int, int, int]]:
    late = func.sum(case((ForeignList.next_update <= now, 1), else_=0))
    statement = (
        select(ForeignList.anchor_id, func.count(), late, func.sum(ForeignList.entries))
        .where(ForeignList.anchor_id.in_(ids), *IN_FORCE)  # type: ignore[arg-type]
        .group_by(ForeignList.anchor_id)
    )
    return {str(row[0]): (row[1], int(row[2] or 0), int(row[3] or 0)) for row in session.execute(statement)}


def _count_answers(session: Session, ids: object) -> dict[str, int]:
    answered = (ForeignAnswer.anchor_id.in_(ids), ForeignAnswer.status != "")  # type: ignore[arg-type]
    statement = select(ForeignAnswer.anchor_id, func.count()).where(*answered).group_by(ForeignAnswer.anchor_id)
    return {anchor_id: count for anchor_id, count in session.execute(statement)}  # noqa: C416 (rows are no pairs to dict)


def _find_errors(session: Session, ids: object) -> dict[str, tuple[str, str]]:
    """Return the error and the address; that of a list counts before that of a responder."""
    found: dict[str, tuple[str, str]] = {}
    for table, at in ((ForeignAnswer, ForeignAnswer.asked_at), (ForeignListSource, ForeignListSource.wanted_at)):
        statement = select(table.anchor_id, table.last_error, table.url).where(
            table.anchor_id.in_(ids),  # type: ignore[arg-type]
            table.failures > 0,
        )
        found |= {row[0]: (row[1], row[2]) for row in session.execute(statement.order_by(at))}
    return found
