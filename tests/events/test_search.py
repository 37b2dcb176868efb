"""Looking through events: by what was asked, a page at a time, and the days counted, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.events.record import EventRecord, save_events
from idp.events.search import EventQuery, find_events, get_event, iterate_events
from idp.events.statistics import count_by_day
from idp.events.tags import Tag
from idp.models import Realm
from idp.storage.keyset import Position
from tests.people import Household

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.every_database


def save(
    home: Household, *, tag: Tag = Tag.LOGIN_FAILURE, at: datetime = AT, count: int = 1, realm_id: str = ""
) -> None:
    with home.database.transaction() as session:
        save_events(session, [EventRecord(tag=tag, at=at, realm_id=realm_id or home.realm.id) for _ in range(count)])


def find(home: Household, **wanted: object) -> list[str]:
    with home.database.transaction() as session:
        found = find_events(session, home.realm.id, EventQuery(**wanted))  # type: ignore[arg-type]
        return [event.tag for event in found]


def test_pages_follow_one_another_in_both_directions(home: Household) -> None:
    """Events of one instant are in the order of their ids, so no page repeats or misses one."""
    save(home, count=7)
    save(home, at=AT + timedelta(microseconds=1), count=3)
    with home.database.transaction() as session:
        everything = [event.id for event in find_events(session, home.realm.id, EventQuery(), limit=50)]
        pages, position = [], None
        while page := find_events(session, home.realm.id, EventQuery(), older_than=position, limit=4):
            pages.append([event.id for event in page])
            position = Position(page[-1].at, page[-1].id)
        middle = find_events(session, home.realm.id, EventQuery(), older_than=None, limit=8)[-1]
        newer = find_events(session, home.realm.id, EventQuery(), newer_than=Position(middle.at, middle.id), limit=4)

    assert [len(page) for page in pages] == [4, 4, 2]
    assert [event_id for page in pages for event_id in page] == everything
    assert [event.id for event in newer] == everything[3:7]


def test_filters_are_exact_but_for_beginnings(home: Household) -> None:
    """A tag that ends in a colon stands for all that begin with it; what a pattern would mean is a character."""
    for tag in (Tag.LOGIN_SUCCESS, Tag.MAIL_SENT, Tag.MAIL_FAILED):
        save(home, tag=tag)

    assert sorted(find(home, tags=("mail:",))) == ["mail:message:failure", "mail:message:send"]
    assert find(home, tags=("user:login:success",)) == ["user:login:success"]
    assert find(home, tags=("user:login",)) == []
    assert find(home, tags=("%:",)) == []
    assert find(home, tags=()) == []
    assert find(home, user_id="nobody") == []
    assert find(home, since=AT, until=AT) == []
    assert len(find(home, since=AT, until=AT + timedelta(microseconds=1))) == 3


def test_only_the_realm_is_looked_at(home: Household) -> None:
    with home.database.transaction() as session:
        other = Realm(name="other", created_at=AT)
        session.add(other)
        session.flush()
        other_id = other.id
    save(home, realm_id=other_id)

    with home.database.transaction() as session:
        assert not find_events(session, home.realm.id, EventQuery())
        (event,) = find_events(session, other_id, EventQuery())
        assert get_event(session, home.realm.id, event.id) is None
        assert get_event(session, other_id, event.id) is event


def test_all_are_read_a_batch_at_a_time(home: Household) -> None:
    save(home, count=1203)
    seen = {event.id for event in iterate_events(home.database, home.realm.id, EventQuery())}

    assert len(seen) == 1203


def test_reader_that_takes_its_time_holds_nobody_up(home: Household) -> None:
    """Whoever downloads slowly has no transaction open; what happens meanwhile is newer, and not in the file."""
    save(home, count=600)
    events = iterate_events(home.database, home.realm.id, EventQuery())
    next(events)
    assert home.database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    save(home, at=AT + timedelta(seconds=1))

    assert len(list(events)) == 599


def test_days_are_those_of_utc(home: Household) -> None:
    """Whatever the time zone of the database is."""
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    save(home, at=midnight - timedelta(microseconds=1))
    save(home, at=midnight, count=2)
    save(home, at=midnight + timedelta(hours=23, minutes=59), tag=Tag.LOGIN_SUCCESS)
    save(home, at=midnight, tag=Tag.LOGOUT)
    save(home, at=midnight + timedelta(days=1))
    with home.database.transaction() as session:
        counts = count_by_day(
            session,
            home.realm.id,
            (Tag.LOGIN_SUCCESS, Tag.LOGIN_FAILURE),
            since=midnight - timedelta(days=1),
            until=midnight + timedelta(days=1),
        )

    yesterday, today = (midnight - timedelta(days=1)).date(), midnight.date()
    assert counts == {
        (yesterday, "user:login:failure"): 1,
        (today, "user:login:failure"): 2,
        (today, "user:login:success"): 1,
    }
