"""Transactions of an import: many that commit, or one that is rolled back in the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from idp.storage.database import Database
from idp.transfer.job import Unit


class _Rehearsed(Exception):
    """Ends a rehearsal."""


def build_unit(database: Database) -> Unit:
    """Return what opens a transaction of its own each time."""

    @contextmanager
    def unit() -> Iterator[Session]:
        with database.transaction() as session:
            _begin(session)
            yield session

    return unit


@contextmanager
def rehearse(database: Database) -> Iterator[Unit]:
    """Yield what gives the same transaction each time, of which nothing stays."""
    try:
        with database.transaction() as session:
            _begin(session)

            @contextmanager
            def unit() -> Iterator[Session]:
                yield session
                session.flush()
                session.expunge_all()

            yield unit
            raise _Rehearsed
    except _Rehearsed:
        return


def _begin(session: Session) -> None:
    # Python's sqlite3 begins with the first change, and a savepoint before that would be the transaction itself.
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("BEGIN IMMEDIATE")
