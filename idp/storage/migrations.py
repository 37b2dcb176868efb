"""Bring the tables of a database to this version's, or back; all of it or nothing.

Only one process migrates at a time: on PostgreSQL under an advisory lock, on SQLite under the lock of its one
writer. Who comes second finds nothing left to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, event, text

from idp.errors import IdpError
from idp.resources import migrations_directory
from idp.storage.database import create_engine_for, normalise_url
from idp.storage.revisions import current, is_current

__all__ = ["MigrationFailed", "build_config", "current", "downgrade", "is_current", "upgrade"]

_ADVISORY_LOCK = 0x69647020  # any number that no other program takes on the same database
_LOCK_TIMEOUT = "30s"  # better a migration that fails than logins that queue behind it
_SQLITE_WAIT_MILLISECONDS = 60_000


class MigrationFailed(IdpError):
    """A migration would leave the database in a state that it must not be in; nothing was changed."""


def upgrade(database_url: str, revision: str = "head") -> None:
    """Bring the tables up to *revision*, by default the newest."""
    with _locked(database_url) as connection:
        command.upgrade(build_config(connection), revision)


def downgrade(database_url: str, revision: str) -> None:
    """Bring the tables back to *revision*; ``base`` removes them all."""
    with _locked(database_url) as connection:
        command.downgrade(build_config(connection), revision)


def build_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, made here so that no alembic.ini is needed."""
    config = Config()
    config.set_main_option("script_location", str(migrations_directory()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _locked(database_url: str) -> Iterator[Connection]:
    engine = _engine(normalise_url(database_url))
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
                connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
            yield connection
            if engine.dialect.name == "sqlite":
                _verify_foreign_keys(connection)
    finally:
        engine.dispose()


def _engine(url: URL) -> Engine:
    engine = create_engine_for(url, pool_size=1, autocommit=url.get_backend_name() == "sqlite")
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_exclusively)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # A changed table is copied and the old one dropped, which with foreign keys on would delete what refers
    # to it; they cannot be switched inside the transaction, so they are checked at its end instead.
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute(f"PRAGMA busy_timeout={_SQLITE_WAIT_MILLISECONDS}")


def _begin_exclusively(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _verify_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = sorted({row[0] for row in broken})
        raise MigrationFailed(f"rows in {', '.join(tables)} would refer to nothing")
