"""Look through a realm's events: newest first, filtered, paged by key so that the thousandth page costs what the first does."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from idp.models import Event
from idp.storage.database import Database

_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class EventFilter:
    """What is looked for; what is empty does not matter. *tags* are whole tags, or beginnings that end in a colon."""

    tags: tuple[str, ...] = ()
    user_ids: tuple[str, ...] | None = None
    client_id: str = ""
    address: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Position:
    """Between two events: those *at* that instant are in the order of their ids."""

    at: datetime
    id: str


def find_events(
    session: Session,
    realm_id: str,
    wanted: EventFilter,
    *,
    older_than: Position | None = None,
    newer_than: Position | None = None,
    limit: int = 50,
) -> Sequence[Event]:
    """Return up to *limit* events, newest first: the newest of all, those right before, or those right after a position."""
    statement = _select(realm_id, wanted)
    if newer_than is not None:
        ahead = or_(Event.at > newer_than.at, and_(Event.at == newer_than.at, Event.id > newer_than.id))
        oldest_first = statement.where(Event.at >= newer_than.at, ahead).order_by(Event.at, Event.id).limit(limit)
        return list(reversed(session.scalars(oldest_first).all()))
    if older_than is not None:
        behind = or_(Event.at < older_than.at, and_(Event.at == older_than.at, Event.id < older_than.id))
        statement = statement.where(Event.at <= older_than.at, behind)
    return session.scalars(statement.order_by(Event.at.desc(), Event.id.desc()).limit(limit)).all()


def iterate_events(database: Database, realm_id: str, wanted: EventFilter) -> Iterator[Event]:
    """Yield all events, newest first. A batch is read at a time, and no transaction is open while the caller takes its time."""
    position: Position | None = None
    while True:
        with database.transaction() as session:
            events = find_events(session, realm_id, wanted, older_than=position, limit=_BATCH)
            session.expunge_all()
        if not events:
            return
        yield from events
        position = Position(events[-1].at, events[-1].id)


def get_event(session: Session, realm_id: str, event_id: str) -> Event | None:
    """Return the event of the realm with that id, or None."""
    event = session.get(Event, event_id)
    return event if event is not None and event.realm_id == realm_id else None


def _select(realm_id: str, wanted: EventFilter) -> Select[Event]:
    statement = select(Event).where(Event.realm_id == realm_id)
    if wanted.tags:
        statement = statement.where(or_(*(_has_tag(tag) for tag in wanted.tags)))
    if wanted.user_ids is not None:
        statement = statement.where(Event.user_id.in_(wanted.user_ids))
    if wanted.client_id:
        statement = statement.where(Event.client_id == wanted.client_id)
    if wanted.address:
        statement = statement.where(Event.address == wanted.address)
    if wanted.since is not None:
        statement = statement.where(Event.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(Event.at < wanted.until)
    return statement


def _has_tag(tag: str) -> ColumnElement[bool]:
    return Event.tag.startswith(tag, autoescape=True) if tag.endswith(":") else Event.tag == tag
