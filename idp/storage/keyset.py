"""Pages by key: a page says where the one before ended, so that each costs the same."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.errors import InvalidInput

S = TypeVar("S", bound="Select[*tuple[Any, ...]]")


@dataclass(frozen=True)
class Position:
    """Between two rows, which are in the order of an instant and their ids."""

    at: datetime
    id: str


def order_by_key(
    session: Session,
    statement: S,
    at: InstrumentedAttribute[Any],
    *,
    realm_id: str,
    after: str | None = None,
    ascending: bool = False,
) -> S:
    """Return *statement* ordered by the instant *at* and the id, newest first unless *ascending*, from behind the row *after*.

    Raises `InvalidInput` where the realm has no such row.
    """
    entity: Any = at.class_
    position = None
    if after is not None:
        found = select(at, entity.id).where(entity.id == after, entity.realm_id == realm_id)
        end = session.execute(found).one_or_none()
        if end is None:
            raise InvalidInput(after="There is no such entry in this realm.")
        position = Position(*end)
    return order_from(statement, at, position, ascending=ascending)


def order_from(
    statement: S, at: InstrumentedAttribute[Any], position: Position | None, *, ascending: bool = False
) -> S:
    """Return *statement* as `order_by_key` does, from behind *position*, whose row may be gone by now."""
    entity: Any = at.class_
    if position is not None:
        statement = statement.where(*_behind(at, entity.id, position, ascending=ascending))
    order = (at.asc(), entity.id.asc()) if ascending else (at.desc(), entity.id.desc())
    return statement.order_by(None).order_by(*order)


def _behind(at: Any, key: Any, position: Position, *, ascending: bool) -> tuple[ColumnElement[bool], ...]:
    # The first part alone is what an index on the instant can be searched by.
    if ascending:
        return at >= position.at, (at > position.at) | (key > position.id)
    return at <= position.at, (at < position.at) | (key < position.id)
