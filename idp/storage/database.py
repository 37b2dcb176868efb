"""The database: one engine, one transaction per request."""

import os
import select
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, Executable, Row, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.orm import Session

from idp.errors import ConfigurationError

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

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session: returning commits, raising rolls back. No connection is used until needed."""
        with Session(self.engine, expire_on_commit=False) as session:
            try:
                yield session
                if session.in_transaction():  # committing nothing costs as much as a statement
                    session.commit()
            except BaseException:
                session.rollback()
                raise

    def find_row(self, statement: Executable, parameters: Mapping[str, Any]) -> Row[Any] | None:
        """Return the first row of a SELECT that stands by itself, or None.

        Without a session around it, which costs more than the statement. Not for a thread that is in a transaction: it
        would wait for a second connection of the same pool.
        """
        with self.engine.connect() as connection:
            return connection.execute(statement, parameters).first()

    def ping(self) -> None:
        """Raise when the database cannot be reached."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


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
        connect_args={"connect_timeout": _CONNECT_SECONDS, "application_name": "idp", "autocommit": autocommit},
        skip_autocommit_rollback=autocommit,
        **pool,
    )
    event.listen(engine, "checkout", _refuse_closed_connection)
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


def _refuse_closed_connection(connection: Any, _record: Any, _proxy: Any) -> None:
    # A server that ended the connection (restart, failover) left it readable. Asking the kernel costs a few
    # microseconds, a `SELECT 1` (pool_pre_ping) a round trip; the pool connects anew.
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    if poller.poll(0):
        raise DisconnectionError("the server closed the connection")
