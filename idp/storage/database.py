"""The database: one engine, one transaction per request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.orm import Session

from idp.errors import ConfigurationError

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",  # readers do not wait for the writer
    "PRAGMA synchronous=NORMAL",  # with WAL: a power cut may undo the last commits, never corrupt
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
)


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
                session.commit()
            except BaseException:
                session.rollback()
                raise

    def ping(self) -> None:
        """Raise when the database cannot be reached."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def normalise_url(url: str) -> URL:
    """Return the URL with the driver we ship; raise `ConfigurationError` for other databases."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        return parsed
    raise ConfigurationError(f"database {parsed.get_backend_name()!r} is not supported: sqlite or postgresql")


def create_engine_for(url: URL, *, pool_size: int) -> Engine:
    """Return an engine; SQLite gets write-ahead logging, foreign keys and a busy timeout."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url, pool_size=pool_size, max_overflow=20, connect_args={"check_same_thread": False}
        )
        event.listen(engine, "connect", _set_sqlite_pragmas)
        return engine
    return create_engine(url, pool_size=pool_size, max_overflow=20, pool_pre_ping=False)


def _set_sqlite_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _SQLITE_PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
