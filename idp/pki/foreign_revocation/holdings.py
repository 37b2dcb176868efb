"""What is held of an anchor's revocation: its lists, where they come from, and OCSP answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.models import ForeignAnswer, ForeignList, ForeignListSource, TrustAnchor
from idp.pki.foreign_revocation.list_store import IN_FORCE


@dataclass(frozen=True)
class HeldList:
    """A list in force, the address that it came from (empty for an upload), and until when it counts."""

    row: ForeignList
    url: str
    until: datetime


@dataclass(frozen=True)
class Holdings:
    """Everything: lists by issuer, sources by address, answers by what they say (empty: nothing yet), and the last that failed."""

    lists: tuple[HeldList, ...]
    sources: tuple[ForeignListSource, ...]
    answers: tuple[tuple[str, int], ...]
    failed: ForeignAnswer | None


def find_holdings(session: Session, anchor: TrustAnchor, maximum_age: timedelta) -> Holdings:
    """Return what is held; a list without a next update counts for *maximum_age*."""
    answers = ForeignAnswer.anchor_id == anchor.id
    of_anchor = select(ForeignListSource).where(ForeignListSource.anchor_id == anchor.id)
    sources = session.scalars(of_anchor.order_by(ForeignListSource.url)).all()
    counts = select(ForeignAnswer.status, func.count()).where(answers).group_by(ForeignAnswer.status)
    failed = select(ForeignAnswer).where(answers, ForeignAnswer.last_error != "")
    return Holdings(
        tuple(_find_lists(session, anchor, sources, maximum_age)),
        tuple(sources),
        tuple((status, number) for status, number in session.execute(counts.order_by(ForeignAnswer.status))),
        session.scalars(failed.order_by(ForeignAnswer.asked_at.desc()).limit(1)).first(),
    )


def _find_lists(
    session: Session, anchor: TrustAnchor, sources: Sequence[ForeignListSource], maximum_age: timedelta
) -> list[HeldList]:
    urls = {source.id: source.url for source in sources}
    in_force = select(ForeignList).where(ForeignList.anchor_id == anchor.id, *IN_FORCE)
    rows = session.scalars(in_force.order_by(ForeignList.issuer, ForeignList.id))
    return [
        HeldList(row, urls[row.source_id or ""], row.next_update or row.this_update + maximum_age)
        for row in rows
        if row.source_id in urls  # a source that was deleted since
    ]
