"""Make and save events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, insert, select
from sqlalchemy.orm import Session

from idp.events.tags import Tag
from idp.models import Event, new_id
from idp.storage.transaction import Transaction

_EVENT: Table = Event.__table__  # type: ignore[assignment]
_INSERT = insert(_EVENT).values({column.key: bindparam(column.key) for column in _EVENT.columns})


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
    """Insert all *records*."""
    for record in records:
        session.execute(_INSERT, _build_row(record))


def save_events_of_request(transaction: Transaction, records: Iterable[EventRecord]) -> None:
    """Insert all *records* within the transaction of a request."""
    for record in records:
        transaction.change(_INSERT, _build_row(record))


def _build_row(record: EventRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "tag": str(record.tag),
        "at": record.at,
        "realm_id": record.realm_id,
        "user_id": record.user_id,
        "client_id": None if record.client_id is None else _storable(record.client_id[:255]),
        "session_id": record.session_id,
        "address": _storable(record.address[:64]),
        "user_agent": _storable(record.user_agent[:512]),
        "details": _storable_parts(record.details),
    }


def _storable(text: str) -> str:
    """Return *text* without what a column cannot hold: NUL (PostgreSQL) and lone surrogates (UTF-8)."""
    return text.encode(errors="replace").decode().replace("\x00", "\ufffd")


def _storable_parts(value: Any) -> Any:
    # Much of it was sent by strangers, and evidence must not be lost because they chose the characters.
    if isinstance(value, str):
        return _storable(value)
    if isinstance(value, dict):
        return {_storable(str(name)): _storable_parts(part) for name, part in value.items()}
    return [_storable_parts(part) for part in value] if isinstance(value, list | tuple) else value


def list_events(session: Session, user_id: str, *, limit: int = 50) -> Sequence[Event]:
    """Return the newest events of a user, newest first."""
    return session.scalars(select(Event).where(Event.user_id == user_id).order_by(Event.at.desc()).limit(limit)).all()
