"""The live sessions of a realm: listed by key, and ended all at once, on both databases."""

from datetime import timedelta

import pytest

from idp.models import LogoutNotice, TokenFamily, UserSession
from idp.sessions.endings import Ending
from idp.sessions.search import list_live_sessions
from idp.sessions.sessions import end_sessions_of_realm
from idp.storage.keyset import Position
from tests.people import Household
from tests.sessions.taking_part import add_client, add_family, add_session

pytestmark = pytest.mark.every_database


def listed(home: Household, **options: object) -> list[str]:
    with home.database.transaction() as session:
        rows = list_live_sessions(session, home.clock, home.realm.id, idle_seconds=1800, **options)  # type: ignore[arg-type]
        return [row.id for row, _ in rows]


def test_live_ones_are_listed_newest_first(home: Household) -> None:
    ids = []
    for _ in range(3):
        ids.append(add_session(home))
        home.clock.advance(timedelta(minutes=9))

    assert listed(home) == ids[::-1]
    assert listed(home, user_id="nobody") == []
    home.clock.advance(timedelta(minutes=4))
    assert listed(home) == ids[:0:-1]  # the first has not been used for half an hour
    with home.database.transaction() as session:
        row = session.get_one(UserSession, ids[2])
        position = Position(row.created_at, row.id)
    assert listed(home, older_than=position) == [ids[1]]


def test_all_end_with_what_was_granted_in_them(home: Household) -> None:
    """One that is kept keeps its own; what no session gave, as to a service, goes on; each client is told once a session."""
    client = add_client(home, "app")
    kept, *others = (add_session(home) for _ in range(4))
    for session_id in (kept, *others):
        add_family(home, session_id, client, "openid offline_access")
    service = add_family(home, None, client)
    with home.database.transaction() as session:
        ended = end_sessions_of_realm(session, home.clock, home.realm.id, reason=Ending.ADMINISTRATOR, keep=kept)

    assert sorted(ended) == sorted(others)
    with home.database.transaction() as session:
        families = session.query(TokenFamily).all()
        assert {family.session_id for family in families if family.revoked_at is None} == {kept, None}
        assert session.get_one(TokenFamily, service).revoked_at is None
        assert session.query(LogoutNotice).count() == 3
    with home.database.transaction() as session:
        assert not end_sessions_of_realm(session, home.clock, "other", reason=Ending.ADMINISTRATOR)
