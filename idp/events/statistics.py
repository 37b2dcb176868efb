"""How often things happened on each day (UTC)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.models import Event


def count_by_day(
    session: Session, realm_id: str, tags: Sequence[str], *, since: datetime, until: datetime
) -> Mapping[tuple[date, str], int]:
    """Return the number of events for each day and tag that has any, *until* not included; an index answers it."""
    day = _day_of(session)
    rows = session.execute(
        select(day, Event.tag, func.count())
        .where(Event.realm_id == realm_id, Event.tag.in_(tags), Event.at >= since, Event.at < until)
        .group_by(day, Event.tag)
    )
    return {(_read_day(value), tag): count for value, tag, count in rows}


def _day_of(session: Session) -> Any:
    if session.get_bind().dialect.name == "sqlite":
        return func.date(Event.at)
    return func.date(func.timezone("UTC", Event.at))


def _read_day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
