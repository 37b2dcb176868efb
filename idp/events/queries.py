"""Find events of a realm, newest first: by what happened, to whom, where, when, from which address."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, TextClause, and_, select, text
from sqlalchemy.orm import Session

from idp.models import Event
from idp.models.event import ADMINISTRATIVE
from idp.storage.keyset import order_by_key

_OTHERS = ADMINISTRATIVE.replace(" = ", " <> ")


@dataclass(frozen=True, kw_only=True)
class EventQuery:
    """What events have to be like; with `administrative` only what administrators did, without it all the rest.

    The `actor_…` are of who did it, where `user_id` is of whom it is about; `resource` is the path of what was changed, or its
    beginning with a star after it.
    """

    administrative: bool = False
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
    oldest_first: bool = False


def search_events(
    session: Session, realm_id: str, query: EventQuery, *, first: int = 0, limit: int = 100, after: str | None = None
) -> Sequence[Event]:
    """Return *limit* events from the *first* that follow the one with the id *after*.

    Raises `InvalidInput` where the latter is not the realm's.
    """
    statement = select(Event).where(Event.realm_id == realm_id, *_conditions(query))
    ordered = order_by_key(session, statement, Event.at, realm_id=realm_id, after=after, ascending=query.oldest_first)
    return session.scalars(ordered.offset(first).limit(limit)).all()


def _conditions(query: EventQuery) -> list[ColumnElement[bool] | TextClause]:
    by = Event.details["by"]
    conditions: list[ColumnElement[bool] | TextClause] = [text(ADMINISTRATIVE if query.administrative else _OTHERS)]
    if query.tags is not None:
        conditions.append(Event.tag.in_(query.tags))
    equal = (
        (Event.user_id, query.user_id),
        (Event.client_id, query.client_id),
        (Event.address, query.address),
        (by["user_id"].as_string(), query.actor_id),
        (by["realm"].as_string(), query.actor_realm),
        (by["client_id"].as_string(), query.actor_client),
    )
    conditions += [column == value for column, value in equal if value is not None]
    if query.resource is not None:
        conditions.append(_is_at(query.resource))
    if query.since is not None:
        conditions.append(Event.at >= query.since)
    if query.until is not None:
        conditions.append(Event.at < query.until)
    return conditions


def _is_at(resource: str) -> ColumnElement[bool]:
    column = Event.details["resource"].as_string()
    if resource.endswith("*"):
        return and_(column.startswith(resource.rstrip("*"), autoescape=True))
    return and_(column == resource)
