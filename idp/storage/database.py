"""The database: one engine, one transaction per request."""

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Executable, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.orm import Session

from idp.errors import ConfigurationError
from idp.storage.prepared import Prepared
from idp.storage.transaction import Transaction, begin_explicitly

_SQLITE_PRAGMAS = (
    "PRAGMA busy_timeout=5000",  # first, because switching to WAL may itself have to wait
    "PRAGMA journal_mode=WAL",  # readers do not wait for the writer
    "PRAGMA synchronous=NORMAL",  # with WAL: a power cut may undo the last commits, never corrupt
    "PRAGMA foreign_keys=ON",
)
_CONNECT_SECONDS = 5
_POOL_SECONDS = 10


class Database:
    """The engine for *url* (sqlite:///… or postgresql://…) and the transactions on it."""

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        self.url = normalise_url(url)
        self.engine = create_engine_for(self.url, pool_size=pool_size)
        self._prepared: dict[Executable, Prepared] = {}

    def begin(self) -> Transaction:
        """Return a transaction to enter; it takes a connection when one is needed."""
        return Transaction(self.engine, self._prepare)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield the ORM session of a transaction: returning commits, raising rolls back."""
        with self.begin() as transaction:
            yield transaction.session

    def ping(self) -> None:
        """Raise when the database cannot be reached."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()

    def _prepare(self, statement: Executable) -> Prepared:
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = Prepared(statement, self.engine.dialect)
        return prepared


def normalise_url(url: str) -> URL:
    """Return the URL with the driver we ship; raise `ConfigurationError` for other databases."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigurationError("the database URL is not a URL: sqlite:///… or postgresql://…") from error
    backend = parsed.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise ConfigurationError(f"database {backend!r} is not supported: sqlite or postgresql")
    if parsed.database in {None, "", ":memory:"}:
        raise ConfigurationError("a SQLite database needs a file: every thread would have its own memory")
    return parsed.set(drivername="sqlite")


def create_engine_for(url: URL, *, pool_size: int, autocommit: bool = False) -> Engine:
    """Return an engine; SQLite gets write-ahead logging, foreign keys and a busy timeout.

    With *autocommit* every statement is a transaction of its own, and none is sent around it.
    """
    # Errors name their statement and never the values, which may be secrets.
    pool = {
        "hide_parameters": True,
        "pool_size": pool_size,
        "max_overflow": 20,
        "pool_timeout": _POOL_SECONDS,
        "pool_use_lifo": True,
    }
    if url.get_backend_name() == "sqlite":
        arguments: dict[str, Any] = {"isolation_level": None} if autocommit else {}
        engine = create_engine(url, connect_args=arguments, **pool)
        event.listen(engine, "do_connect", _create_private_file)
        event.listen(engine, "connect", _set_sqlite_pragmas)
        return engine
    engine = create_engine(
        url,
        connect_args={"connect_timeout": _CONNECT_SECONDS, "application_name": "idp", "autocommit": True},
        skip_autocommit_rollback=autocommit,
        **pool,
    )
    event.listen(engine, "checkout", _refuse_closed_connection)
    if not autocommit:
        event.listen(engine, "begin", _begin_explicitly)
    return engine


def _set_sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _create_private_file(_dialect: Any, _record: Any, arguments: Any, _keywords: Any) -> None:
    # SQLite would make the file, and the log beside it, as readable as the umask says.
    path = arguments[0]
    if not path.startswith("file:") and not os.path.exists(path):
        try:
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError:
            return  # SQLite itself says what is wrong


def _begin_explicitly(connection: Connection) -> None:
    begin_explicitly(connection.connection.dbapi_connection)


def _refuse_closed_connection(connection: Any, _record: Any, _proxy: Any) -> None:
    # A server that ended the connection (restart, failover) left it readable. Asking the kernel costs a few
    # microseconds, a `SELECT 1` (pool_pre_ping) a round trip; the pool connects anew.
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    if poller.poll(0):
        raise DisconnectionError("the server closed the connection")
