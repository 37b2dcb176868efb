"""The statements of the SQL store; SQLite and PostgreSQL share the syntax of upsert and RETURNING."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Executable, Table, bindparam, case, delete, literal_column, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import Insert

from idp.models import EphemeralItem

PURGE_BATCH = 500  # rows a purge removes at a time, so that nobody waits long for the one writer of SQLite

ITEM: Table = EphemeralItem.__table__  # type: ignore[assignment]
_PRIMARY_KEY = (ITEM.c.kind, ITEM.c.key)
_NOW = bindparam("now", type_=ITEM.c.expires_at.type)
_SAME = (ITEM.c.kind == bindparam("kind")) & (ITEM.c.key == bindparam("key"))
_LIVE = ITEM.c.expires_at > _NOW
_EXPIRED = ITEM.c.expires_at <= _NOW
_ZERO: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")


def build_statements(dialect_name: str) -> Mapping[str, Executable]:
    """Return each operation's statement; the parameters are kind, key, value, expires_at and now."""
    return {
        "put": _put(dialect_name),
        "add": _put(dialect_name, where=_EXPIRED).returning(_ONE),
        "get": select(ITEM.c.value).where(_SAME, _LIVE),
        "take": delete(ITEM).where(_SAME, _LIVE).returning(ITEM.c.value),
        "increment": _increment(dialect_name),
        "count": select(ITEM.c.counter).where(_SAME, _LIVE),
        "delete": delete(ITEM).where(_SAME),
        "purge": _purge(),
        "ping": select(_ONE),
    }


def _insert(dialect_name: str, **values: Any) -> Insert:
    insert: Any = sqlite.insert if dialect_name == "sqlite" else postgresql.insert
    names: dict[str, Any] = {name: bindparam(name) for name in ("kind", "key", "expires_at")}
    statement: Insert = insert(ITEM).values(**names, **values)
    return statement


def _put(dialect_name: str, where: Any = None) -> Insert:
    insert = _insert(dialect_name, value=bindparam("value"), counter=_ZERO)
    changes = {name: insert.excluded[name] for name in ("value", "counter", "expires_at")}
    return insert.on_conflict_do_update(index_elements=_PRIMARY_KEY, set_=changes, where=where)


def _increment(dialect_name: str) -> Executable:
    insert = _insert(dialect_name, value=literal_column("''"), counter=_ONE)
    changes = {
        "counter": case((_EXPIRED, _ONE), else_=ITEM.c.counter + _ONE),
        "expires_at": case((_EXPIRED, insert.excluded.expires_at), else_=ITEM.c.expires_at),
    }
    upsert = insert.on_conflict_do_update(index_elements=_PRIMARY_KEY, set_=changes)
    return upsert.returning(ITEM.c.counter)


def _purge() -> Executable:
    # Another purge's rows are skipped on PostgreSQL, where two purges could otherwise deadlock. The rows are
    # chosen in a WITH query, which runs once; a subquery with a limit may there run once a row.
    expired = select(*_PRIMARY_KEY).where(_EXPIRED).limit(literal_column(str(PURGE_BATCH))).offset(_ZERO)
    expired = expired.with_for_update(skip_locked=True)
    chosen = expired.cte("expired")
    same = tuple_(*_PRIMARY_KEY).in_(select(chosen.c.kind, chosen.c.key))
    return delete(ITEM).where(same).returning(_ONE)
