"""Events are kept for as long as their realm says, those of administrators apart."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.events.record import EventRecord, save_events
from idp.events.retention import purge_events
from idp.events.tags import Tag
from idp.models import Event, Realm
from idp.realms.realms import create_realm
from tests.clock import START
from tests.people import Household

pytestmark = pytest.mark.every_database
Kept = list[tuple[str, str, int]]


@pytest.fixture
def crowded(home: Household) -> Household:
    """Two realms with events of both kinds, 10 and 100 days old."""
    with home.database.transaction() as session:
        other = create_realm(session, home.clock, name="other")
        save_events(
            session,
            [
                EventRecord(tag=tag, realm_id=realm_id, at=START - timedelta(days=age))
                for realm_id in (home.realm.id, other.id)
                for tag in (Tag.LOGIN_SUCCESS, Tag.REALM_CHANGED)
                for age in (10, 100)
            ],
        )
    return home


def purge(home: Household) -> int:
    with home.database.transaction() as session:
        return purge_events(session, home.clock)


def kept(home: Household) -> Kept:
    with home.database.transaction() as session:
        rows = session.execute(select(Realm.name, Event.tag, Event.at).join(Realm, Realm.id == Event.realm_id)).all()
        return sorted((name, tag, (START - at).days) for name, tag, at in rows)


def test_everything_stays_unless_the_realm_says_otherwise(crowded: Household) -> None:
    before = kept(crowded)

    assert purge(crowded) == 0
    assert kept(crowded) == before
    assert len(before) == 8


def test_each_kind_of_each_realm_has_its_own_time(crowded: Household) -> None:
    before, name = kept(crowded), crowded.realm.name
    with crowded.database.transaction() as session:
        realm = session.get_one(Realm, crowded.realm.id)
        realm.event_retention, realm.admin_event_retention = 5 * 86400, 30 * 86400

    assert purge(crowded) == 2
    gone = {(name, Tag.LOGIN_SUCCESS, 10), (name, Tag.LOGIN_SUCCESS, 100), (name, Tag.REALM_CHANGED, 100)}
    assert kept(crowded) == [one for one in before if one not in gone]
    assert purge(crowded) == 0
