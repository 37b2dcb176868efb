"""Events: saved with whatever a stranger sent, together, and in the order in which they are read."""

from typing import Any

import pytest
from sqlalchemy import select

from idp.events.record import EventRecord, list_events, save_events
from idp.events.tags import Tag
from idp.models import Event
from tests.crowd import all_at_once
from tests.people import Household


def save(home: Household, *records: EventRecord) -> None:
    """Save events, and commit."""
    with home.database.transaction() as session:
        save_events(session, records)


def record(home: Household, **values: Any) -> EventRecord:
    """Return an event of alice's."""
    defaults = {
        "tag": Tag.LOGIN_FAILURE, "at": home.clock.now(), "realm_id": home.realm.id, "user_id": home.user.id,
    }  # fmt: skip
    return EventRecord(**{**defaults, **values})


def stored(home: Household) -> list[Event]:
    """Return all events."""
    with home.database.transaction() as session:
        return list(session.scalars(select(Event)))


@pytest.mark.every_database
def test_event_is_stored_as_it_was_recorded(home: Household) -> None:
    """Under the id that a page may already have shown."""
    event = record(home, client_id="app", session_id="s", address="203.0.113.1", details={"step": "password", "n": [1]})
    save(home, event)

    (row,) = stored(home)
    assert (row.id, row.tag, row.at) == (event.id, "user:login:failure", home.clock.now())
    assert (row.client_id, row.session_id, row.address) == ("app", "s", "203.0.113.1")
    assert row.details == {"step": "password", "n": [1]}


def test_no_events_need_no_statement(home: Household) -> None:
    """Most requests record nothing, and an empty insert would be an error."""
    save(home)

    assert stored(home) == []


@pytest.mark.every_database
@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "x" * 100_000, "🔑" * 600, "'; DROP TABLE event;--"])
def test_event_of_hostile_text_is_stored_all_the_same(home: Household, text: str) -> None:
    """The evidence of an attack must not be lost because the attacker chose the characters."""
    event = record(
        home,
        client_id=text,
        address=text,
        user_agent=text,
        details={"login": text, "deep": [{"path": text, text[:20]: 1}]},
    )
    save(home, event, record(home))

    assert len(stored(home)) == 2


@pytest.mark.every_database
def test_events_of_twenty_at_once_are_all_kept(home: Household) -> None:
    """Each of them."""
    outcomes = all_at_once(lambda _: save(home, record(home), record(home)))

    assert outcomes == [None] * 20
    assert len(stored(home)) == 40


def test_events_of_failed_transaction_are_gone(home: Household) -> None:
    """Whoever wants to keep them saves them in a transaction of their own."""
    with home.database.transaction() as session:
        save_events(session, [record(home)])
        session.rollback()

    assert stored(home) == []


@pytest.mark.every_database
def test_events_of_a_person_are_listed_newest_first(home: Household) -> None:
    """Theirs alone, and no more than asked for."""
    for number in range(5):
        home.clock.advance(seconds=1)
        save(home, record(home, details={"n": number}), record(home, user_id="somebody"))

    with home.database.transaction() as session:
        listed = list_events(session, home.user.id, limit=3)
    assert [event.details["n"] for event in listed] == [4, 3, 2]


def test_event_without_realm_or_person_is_stored(home: Household) -> None:
    """A worthless address at the certificate host belongs to nobody."""
    save(home, record(home, realm_id=None, user_id=None, tag=Tag.ATTEMPT_INVALID))

    assert stored(home)[0].realm_id is None
