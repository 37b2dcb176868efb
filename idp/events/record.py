"""Make and save events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.events.tags import Tag
from idp.models import Event, new_id


@dataclass(frozen=True, kw_only=True)
class EventRecord:
    """One event, complete, waiting to be saved; its `id` may already be shown on a page."""

    tag: Tag
    at: datetime
    realm_id: str | None = None
    user_id: str | None = None
    client_id: str | None = None
    session_id: str | None = None
    address: str = ""
    user_agent: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=new_id)


def save_events(session: Session, records: Iterable[EventRecord]) -> None:
    """Insert all *records* in one statement."""
    rows = [
        {
            "id": record.id,
            "tag": str(record.tag),
            "at": record.at,
            "realm_id": record.realm_id,
            "user_id": record.user_id,
            "client_id": record.client_id,
            "session_id": record.session_id,
            "address": record.address[:64],
            "user_agent": record.user_agent[:512],
            "details": record.details,
        }
        for record in records
    ]
    if rows:
        session.execute(insert(Event), rows)


def list_events(session: Session, user_id: str, *, limit: int = 50) -> Sequence[Event]:
    """Return the newest events of a user, newest first."""
    return session.scalars(select(Event).where(Event.user_id == user_id).order_by(Event.at.desc()).limit(limit)).all()
