"""Look through a realm's events: filtered, paged by key so that the thousandth page costs what the first does."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, TextClause, and_, or_, select, text
from sqlalchemy.orm import Session

from idp.models import Event
from idp.models.event import ADMINISTRATIVE
from idp.storage.database import Database
from idp.storage.keyset import Position, order_by_key, order_from

_BATCH = 500
_OTHERS = ADMINISTRATIVE.replace(" = ", " <> ")


@dataclass(frozen=True, kw_only=True)
class EventQuery:
    """What events have to be like; what is None does not matter.

    *tags* are whole tags, or beginnings that end in a colon; with *administrative* only what administrators did, with False all
    the rest. The *actor_…* are of who did it, where *user_id* is of whom it is about; *resource* is the path of what was changed,
    or its beginning with a star after it.
    """

    administrative: bool | None = None
    tags: Collection[str] | None = None
    user_id: str | None = None
    client_id: str | None = None
    address: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    resource: str | None = None
    actor_id: str | None = None
    actor_realm: str | None = None
    actor_client: str | None = None


def find_events(
    session: Session,
    realm_id: str,
    wanted: EventQuery,
    *,
    older_than: Position | None = None,
    newer_than: Position | None = None,
    limit: int = 50,
) -> Sequence[Event]:
    """Return up to *limit* events, newest first: the newest of all, those right before, or those right after a position."""
    statement = _select(realm_id, wanted)
    if newer_than is not None:
        oldest_first = order_from(statement, Event.at, newer_than, ascending=True)
        return list(reversed(session.scalars(oldest_first.limit(limit)).all()))
    return session.scalars(order_from(statement, Event.at, older_than).limit(limit)).all()


def search_events(
    session: Session,
    realm_id: str,
    wanted: EventQuery,
    *,
    first: int = 0,
    limit: int = 100,
    after: str | None = None,
    oldest_first: bool = False,
) -> Sequence[Event]:
    """Return *limit* events from the *first* that follow the one with the id *after*.

    Raises `InvalidInput` where the latter is not the realm's.
    """
    statement = _select(realm_id, wanted)
    ordered = order_by_key(session, statement, Event.at, realm_id=realm_id, after=after, ascending=oldest_first)
    return session.scalars(ordered.offset(first).limit(limit)).all()


def iterate_events(database: Database, realm_id: str, wanted: EventQuery) -> Iterator[Event]:
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


def is_administrative(wanted: bool) -> TextClause:
    """Return the condition that an event is, or is not, of what administrators did, in the words of the index on these."""
    return text(ADMINISTRATIVE if wanted else _OTHERS)


def _select(realm_id: str, query: EventQuery) -> Select[Event]:
    return select(Event).where(Event.realm_id == realm_id, *_conditions(query))


def _conditions(query: EventQuery) -> Iterator[ColumnElement[bool] | TextClause]:
    by = Event.details["by"]
    equal = (
        (Event.user_id, query.user_id),
        (Event.client_id, query.client_id),
        (Event.address, query.address),
        (by["user_id"].as_string(), query.actor_id),
        (by["realm"].as_string(), query.actor_realm),
        (by["client_id"].as_string(), query.actor_client),
    )
    yield from (column == value for column, value in equal if value is not None)
    if query.administrative is not None:
        yield is_administrative(query.administrative)
    if query.tags is not None:
        yield _has_one_of(query.tags)
    if query.resource is not None:
        yield _is_at(query.resource)
    if query.since is not None:
        yield Event.at >= query.since
    if query.until is not None:
        yield Event.at < query.until


def _has_one_of(tags: Collection[str]) -> ColumnElement[bool]:
    beginnings = [Event.tag.startswith(tag, autoescape=True) for tag in tags if tag.endswith(":")]
    return or_(Event.tag.in_([tag for tag in tags if not tag.endswith(":")]), *beginnings)


def _is_at(resource: str) -> ColumnElement[bool]:
    column = Event.details["resource"].as_string()
    if resource.endswith("*"):
        return and_(column.startswith(resource.rstrip("*"), autoescape=True))
    return and_(column == resource)
