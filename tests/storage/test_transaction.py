"""Transactions whose statements go to the driver as they are, beside an ORM session or without one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Table, bindparam, event, insert, select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from idp.models import Event, Realm, new_id
from idp.storage.database import Database
from idp.storage.transaction import Transaction

pytestmark = pytest.mark.every_database

EVENT: Table = Event.__table__  # type: ignore[assignment]
ADD = insert(EVENT).values({column.key: bindparam(column.key) for column in EVENT.columns})
FIND = select(EVENT).where(EVENT.c.id == bindparam("wanted"))
FIND_TAG = select(EVENT.c.tag, EVENT.c.at.label("instant")).where(EVENT.c.tag == "login:user:success")
RENAME = update(EVENT).where(EVENT.c.tag == bindparam("old")).values(tag=bindparam("new"))
AT = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def build_row(**values: Any) -> dict[str, Any]:
    """Return the columns of an event."""
    nothing = dict.fromkeys(("realm_id", "user_id", "client_id", "session_id"))
    row = {"id": new_id(), "at": AT, "tag": "login:user:success", "address": "", "user_agent": "", "details": {}}
    return {**nothing, **row, **values}


def count_events(database: Database) -> int:
    """Return how many events are committed."""
    with database.transaction() as session:
        return len(session.scalars(select(Event.id)).all())


def do_and_fail(database: Database, *acts: Callable[[Transaction], object]) -> None:
    """Do *acts* in one transaction, and fail in the end."""
    with database.begin() as transaction:
        for act in acts:
            act(transaction)
        raise ZeroDivisionError


def add(transaction: Transaction) -> None:
    """Insert an event by a statement."""
    transaction.change(ADD, build_row())


def add_in_session(transaction: Transaction) -> None:
    """Insert an event through the session."""
    transaction.session.add(Event(at=AT, tag="x"))
    transaction.session.flush()


def test_values_come_back_as_they_went_in(database: Database) -> None:
    """Instants are aware and exact, JSON is a dictionary, NULL is None."""
    row = build_row(details={"amr": ["pwd"], "text": "ä'%s:x"}, user_agent="100%")
    with database.begin() as transaction:
        assert transaction.change(ADD, row) == 1

    with database.begin() as transaction:
        found = transaction.find(FIND, {"wanted": row["id"]})
    assert found._asdict() == row


def test_literals_labels_and_misses(database: Database) -> None:
    """What stands in the statement counts; columns have their labels' names; nothing found is None."""
    with database.begin() as transaction:
        assert transaction.find(FIND_TAG, {}) is None
        transaction.change(ADD, build_row())
        assert transaction.find(FIND_TAG, {}) == ("login:user:success", AT)
        assert transaction.find(FIND_TAG, {}).instant == AT


def test_change_tells_how_many_rows(database: Database) -> None:
    """None, one, or more."""
    with database.begin() as transaction:
        transaction.change(ADD, build_row())
        transaction.change(ADD, build_row())
        assert transaction.change(RENAME, {"old": "other", "new": "x"}) == 0
        assert transaction.change(RENAME, {"old": "login:user:success", "new": "x"}) == 2


def test_raising_undoes_statements_and_session_alike(database: Database) -> None:
    """They are one transaction."""
    with pytest.raises(ZeroDivisionError):
        do_and_fail(database, add, add_in_session, add)

    assert count_events(database) == 0


@pytest.mark.parametrize("session_first", [True, False])
def test_returning_commits_statements_and_session_alike(database: Database, session_first: bool) -> None:
    """Whichever comes first, and though the session was not flushed."""
    with database.begin() as transaction:
        if session_first:
            transaction.session.add(Event(at=AT, tag="x"))
        transaction.change(ADD, build_row())
        transaction.session.add(Event(at=AT, tag="y"))

    assert count_events(database) == 2 + session_first


def test_session_that_is_made_and_never_used_loses_nothing(database: Database) -> None:
    """Although it has taken over what was read, and so takes itself to be in a transaction."""
    with database.transaction() as session:
        session.add(realm := Realm(name="here", created_at=AT))
    with database.begin() as transaction:
        assert transaction.get(Realm, realm.id) is not None
        assert transaction.session.in_transaction()
        add(transaction)

    assert count_events(database) == 1


def test_statement_sees_what_the_session_has_added(database: Database) -> None:
    """The session writes before a statement reads."""
    with database.begin() as transaction:
        transaction.session.add(Event(id="1" * 36, at=AT, tag="x"))
        assert transaction.find(FIND, {"wanted": "1" * 36}).tag == "x"


def test_session_after_a_statement_that_only_read(database: Database) -> None:
    """A transaction that began by reading can still write, all or nothing."""
    with pytest.raises(ZeroDivisionError):
        do_and_fail(database, lambda transaction: transaction.find(FIND_TAG, {}), add_in_session)

    assert count_events(database) == 0


def test_unused_transaction_takes_no_connection(database: Database) -> None:
    """Nothing is sent anywhere."""
    taken: list[Any] = []
    event.listen(database.engine, "checkout", lambda *arguments: taken.append(arguments))
    with database.begin():
        pass

    assert not taken


def test_connection_goes_back_clean(database: Database) -> None:
    """The next transaction of the pool finds nothing of the last one."""
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            do_and_fail(database, add)
    with database.begin() as transaction:
        assert transaction.find(FIND_TAG, {}) is None
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_errors_are_those_of_sqlalchemy(database: Database) -> None:
    """So that nobody above has to know the drivers; the values, which may be secrets, are not told."""
    row = build_row(user_agent="a secret")
    with pytest.raises(IntegrityError) as refused:
        do_and_fail(database, *[lambda transaction: transaction.change(ADD, row)] * 2)

    assert "a secret" not in str(refused.value)
    assert count_events(database) == 0


def test_naive_instant_is_refused(database: Database) -> None:
    """The types' own checks are made."""
    with pytest.raises(ValueError, match="naive"), database.begin() as transaction:
        transaction.change(ADD, build_row(at=datetime(2030, 1, 1)))  # noqa: DTZ001


def test_database_that_is_not_there_is_told_as_such(tmp_path: Any) -> None:
    """An operational error, which becomes 503."""
    database = Database(f"sqlite:///{tmp_path / 'missing' / 'idp.sqlite3'}")
    with pytest.raises(OperationalError), database.begin() as transaction:
        transaction.find(select(Realm.__table__), {})
