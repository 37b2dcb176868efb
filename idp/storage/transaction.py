"""One transaction, in which prepared statements and an ORM session share a connection."""

from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import PoolProxiedConnection

from idp.storage.loaded import Loaded, build_insert, build_object, build_select, values_of
from idp.storage.prepared import Prepared

E = TypeVar("E", bound=DeclarativeBase)
_IDLE = 0  # libpq's PQTRANS_IDLE


class Transaction:
    """A context: returning commits, raising rolls back.

    It takes a connection with the first statement and makes a session when one is asked for: many requests need neither.
    Statements are module constants, as each is prepared once and kept. Errors are SQLAlchemy's: `DBAPIError`.
    """

    def __init__(self, engine: Engine, prepare: Callable[[Executable], Prepared]) -> None:
        self._engine = engine
        self._prepare = prepare
        self._connection: PoolProxiedConnection | None = None
        self._session: Session | None = None
        self._loaded = Loaded()
        self._changed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._commit()
        finally:
            self._close()

    @property
    def dialect(self) -> str:
        """The database's name: sqlite or postgresql."""
        return self._engine.dialect.name

    @property
    def session(self) -> Session:
        """The ORM session of this transaction."""
        if self._session is None:
            self._session = Session(Connection(self._engine, self._connect()), expire_on_commit=False)
            self._loaded.join(self._session)
        return self._session

    def get(self, entity: type[E], key: str) -> E | None:
        """Return the object of that `id`, or None, as `Session.get` does, but without a session where there is none."""
        known = self._loaded.find(entity, key)
        if known is not None:
            return known
        return next(iter(self.load(entity, build_select(entity), {"id": key})), None)

    def load(self, entity: type[E], statement: Executable, parameters: Mapping[str, Any]) -> list[E]:
        """Return the objects of a SELECT of all columns of *entity*'s table. A session that is made later knows them.

        What is changed of them is saved with the transaction.
        """
        prepared = self._prepare(statement)
        rows = self._execute(prepared, parameters).fetchall()
        return [self._loaded.add(build_object(entity, prepared.read(row)._asdict())) for row in rows]

    def insert(self, row: DeclarativeBase) -> None:
        """Insert a new object, of which every column that must not be NULL has been set."""
        if self._session is not None:
            self._session.add(row)
            return
        self.change(build_insert(type(row)), values_of(row))
        self._loaded.add(row)

    def find(self, statement: Executable, parameters: Mapping[str, Any]) -> Any:
        """Return the first row of a SELECT as a named tuple, or None."""
        prepared = self._prepare(statement)
        rows = self._execute(prepared, parameters).fetchall()
        return prepared.read(rows[0]) if rows else None

    def change(self, statement: Executable, parameters: Mapping[str, Any]) -> int:
        """Insert, update or delete, and return how many rows."""
        if not self._changed:
            self._changed = True
            begin_explicitly(self._connect().dbapi_connection)
        return int(self._execute(self._prepare(statement), parameters).rowcount)

    def _commit(self) -> None:
        if self._loaded.modified:
            self.session.flush()
        if self._session is not None and self._session.in_transaction():
            self._session.commit()
        if self._changed:  # of a session that never used its connection, commit does not reach the database
            self._call(self._connect().commit)

    def _close(self) -> None:
        # The pool rolls back what was not committed.
        if self._session is not None:
            self._session.close()
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> PoolProxiedConnection:
        if self._connection is None:
            self._connection = self._call(self._engine.raw_connection)
        return self._connection

    def _execute(self, prepared: Prepared, parameters: Mapping[str, Any]) -> Any:
        if self._session is not None:
            self._session.flush()
        driver: Any = self._connect().dbapi_connection
        return self._call(driver.execute, prepared.sql, prepared.bind(parameters))

    def _call(self, function: Callable[..., Any], *args: Any) -> Any:
        dialect = self._engine.dialect
        try:
            return function(*args)
        except dialect.loaded_dbapi.Error as error:
            connection = self._connection
            if connection is not None and dialect.is_disconnect(error, connection, None):
                connection.invalidate(error)
            raise DBAPIError.instance(
                None, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, dialect=dialect
            ) from error


def begin_explicitly(driver_connection: Any) -> None:
    """Send BEGIN to a PostgreSQL connection that has not begun; Python's sqlite3 does so by itself.

    Our PostgreSQL connections are in autocommit, so that a SELECT by itself is one round trip and not three.
    """
    libpq = getattr(driver_connection, "pgconn", None)
    if libpq is not None and libpq.transaction_status == _IDLE:
        driver_connection.execute("BEGIN")
