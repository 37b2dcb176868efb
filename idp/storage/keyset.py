"""Pages by key: a page says where the one before ended, by the id of its last row, so that each costs the same."""

from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from idp.errors import InvalidInput

S = TypeVar("S", bound="Select[*tuple[Any, ...]]")


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
    if after is not None:
        found = select(at, entity.id).where(entity.id == after, entity.realm_id == realm_id)
        end = session.execute(found).one_or_none()
        if end is None:
            raise InvalidInput(after="There is no such entry in this realm.")
        # The first part alone is what an index on the instant can be searched by.
        behind = (
            (at >= end[0], (at > end[0]) | (entity.id > end[1]))
            if ascending
            else (at <= end[0], (at < end[0]) | (entity.id < end[1]))
        )
        statement = statement.where(*behind)
    order = (at.asc(), entity.id.asc()) if ascending else (at.desc(), entity.id.desc())
    return statement.order_by(None).order_by(*order)
