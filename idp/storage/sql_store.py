"""The store for short-lived state in SQL: every operation is one atomic statement in autocommit.

Logins and code exchanges wait for these statements, so they are written in Core, compiled once, and handed to
the driver as they are: on SQLite a `take` so costs a third of what it costs through a Core connection.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Executable
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from idp.clock import Clock
from idp.storage.ephemeral import StoreUnavailable, storable_key
from idp.storage.sql_statements import ITEM, PURGE_BATCH, build_statements


class SQLStore:
    """Keep values and counters in the table `ephemeral_item` of *engine*, which must be in autocommit.

    The store owns the engine and its connections. They are not the request's own: a thread that holds a
    transaction of the request must not wait for a second connection of the same pool.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        dialect = _dialect_with_named_parameters(engine)
        self._instant: Callable[[datetime], Any] = _sqlite_instant if dialect.name == "sqlite" else _unchanged
        self._sql = {name: _compiled(s, dialect) for name, s in build_statements(dialect.name).items()}
        dbapi = engine.dialect.loaded_dbapi
        self._errors = (dbapi.OperationalError, dbapi.InterfaceError, SQLAlchemyError)
        if dialect.name == "sqlite":
            self._create_table()

    def put(self, kind: str, key: str, value: str, lifetime: timedelta) -> None:
        """Store *value*, replacing what was there."""
        self._store("put", kind, key, lifetime, value=value)

    def add(self, kind: str, key: str, value: str, lifetime: timedelta) -> bool:
        """Store *value* unless there is a live one; return whether it was stored."""
        return bool(self._store("add", kind, key, lifetime, value=value))

    def get(self, kind: str, key: str) -> str | None:
        """Return the live value, or None."""
        value: str | None = self._find("get", kind, key)
        return value

    def take(self, kind: str, key: str) -> str | None:
        """Remove and return the live value, or None: one caller gets it."""
        value: str | None = self._find("take", kind, key)
        return value

    def increment(self, kind: str, key: str, lifetime: timedelta) -> int:
        """Add one to a counter and return it; the lifetime runs from its first increment."""
        return int(self._store("increment", kind, key, lifetime)[0][0])

    def count(self, kind: str, key: str) -> int:
        """Return the live counter, 0 where there is none."""
        return self._find("count", kind, key) or 0

    def delete(self, kind: str, key: str) -> None:
        """Forget the value or counter, if there is one."""
        self._execute("delete", {"kind": kind, "key": storable_key(key)})

    def purge(self) -> int:
        """Remove what has expired; return how many."""
        removed, batch = 0, PURGE_BATCH
        while batch >= PURGE_BATCH:
            batch = len(self._execute("purge", {"now": self._instant(self._clock.now())}))
            removed += batch
        return removed

    def ping(self) -> None:
        """Raise `StoreUnavailable` when the database cannot be reached."""
        self._execute("ping", {})

    def close(self) -> None:
        """Close the store's connections."""
        self._engine.dispose()

    def _store(self, name: str, kind: str, key: str, lifetime: timedelta, **values: str) -> list[Any]:
        now = self._clock.now()
        instants = {"now": self._instant(now), "expires_at": self._instant(now + lifetime)}
        return self._execute(name, {"kind": kind, "key": storable_key(key), **instants, **values})

    def _find(self, name: str, kind: str, key: str) -> Any:
        now = self._instant(self._clock.now())
        rows = self._execute(name, {"kind": kind, "key": storable_key(key), "now": now})
        return rows[0][0] if rows else None

    def _execute(self, name: str, parameters: dict[str, Any]) -> list[Any]:
        try:
            connection = self._engine.raw_connection()
        except self._errors as error:
            raise self._unavailable(error) from error
        try:
            cursor = connection.dbapi_connection.execute(self._sql[name], parameters)  # type: ignore[union-attr]
            return cursor.fetchall() if cursor.description else []
        except self._errors as error:
            connection.invalidate(error)
            raise self._unavailable(error) from error
        finally:
            connection.close()

    def _unavailable(self, error: BaseException) -> StoreUnavailable:
        address = self._engine.url.render_as_string(hide_password=True)
        return StoreUnavailable(f"the store at {address} does not answer: {error}")

    def _create_table(self) -> None:
        try:
            with self._engine.begin() as connection:
                connection.execute(CreateTable(ITEM, if_not_exists=True))
                for index in ITEM.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))
        except self._errors as error:
            raise self._unavailable(error) from error


def _dialect_with_named_parameters(engine: Engine) -> Dialect:
    if engine.dialect.name == "sqlite":
        return SQLiteDialect_pysqlite(paramstyle="named")
    return engine.dialect


def _compiled(statement: Executable, dialect: Dialect) -> str:
    return str(statement.compile(dialect=dialect))  # type: ignore[attr-defined]


def _sqlite_instant(instant: datetime) -> str:
    # What SQLAlchemy's own type writes, in a tenth of the time.
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _unchanged(instant: datetime) -> datetime:
    return instant
