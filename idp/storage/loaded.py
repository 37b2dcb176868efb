"""Objects of the ORM that were read or inserted by prepared statements, before there was a session or beside it.

What a session does around a query costs several times the query. Most requests read an object or two and change none, so
they never make a session; the one that is made after all takes over what has been read.
"""

from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import Executable, Table, bindparam, insert, inspect, select
from sqlalchemy.orm import DeclarativeBase, Session, make_transient_to_detached

E = TypeVar("E", bound=DeclarativeBase)
_Key = tuple[type[DeclarativeBase], str]


class Loaded:
    """The objects of one transaction: each row is one object, as in a session."""

    def __init__(self) -> None:
        self._objects: dict[_Key, Any] = {}
        self._session: Session | None = None

    @property
    def modified(self) -> bool:
        """Whether an object was changed that no session knows."""
        return self._session is None and any(inspect(known).modified for known in self._objects.values())

    def find(self, entity: type[E], key: str) -> E | None:
        """Return the object, if it has been read."""
        known: E | None = self._objects.get((entity, key))
        return known

    def add(self, fresh: E) -> E:
        """Return the object for *fresh*, which holds a row of the database: the one that is known, or itself."""
        key = (type(fresh), fresh.id)  # type: ignore[attr-defined]
        known: E | None = self._objects.get(key)
        if known is None:
            make_transient_to_detached(fresh)
            known = self._objects[key] = fresh if self._session is None else _join_one(self._session, fresh)
        return known

    def join(self, session: Session) -> None:
        """Hand all objects to *session*."""
        session.add_all(self._objects.values())
        self._session = session


def _join_one(session: Session, fresh: E) -> E:
    known = session.identity_map.get(inspect(fresh).key)  # type: ignore[arg-type]
    if known is None:
        session.add(fresh)
        return fresh
    return known  # type: ignore[return-value]


def build_object(entity: type[E], values: dict[str, Any]) -> E:
    """Return the object for a row, as a session would make it: without its constructor."""
    fresh = inspect(entity).class_manager.new_instance()
    fresh.__dict__.update(values)
    return fresh  # type: ignore[return-value]


@lru_cache
def build_select(entity: type[DeclarativeBase]) -> Executable:
    """Return the statement that reads one row; its parameter is id."""
    table = _table(entity)
    return select(table).where(table.c.id == bindparam("id"))


@lru_cache
def build_insert(entity: type[DeclarativeBase]) -> Executable:
    """Return the statement that inserts one row; its parameters are the columns."""
    table = _table(entity)
    return insert(table).values({column.key: bindparam(column.key, type_=column.type) for column in table.columns})


def values_of(row: DeclarativeBase) -> dict[str, Any]:
    """Return the columns of *row*."""
    return {column.key: getattr(row, column.key) for column in _table(type(row)).columns}


def _table(entity: type[DeclarativeBase]) -> Table:
    table: Table = entity.__table__  # type: ignore[assignment]
    return table
