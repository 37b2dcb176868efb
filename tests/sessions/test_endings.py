"""What the end of a session means for tokens, and which clients are told."""

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy.orm import Session

from idp.oidc import scopes
from idp.sessions import endings
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_session, end_sessions_of, end_sessions_with_certificate
from tests.crowd import all_at_once
from tests.people import Household, add_user
from tests.sessions.taking_part import add_client, add_family, add_session, is_revoked, list_notices
from tests.sessions.test_sessions import add_certificate

LEAVING = [Ending.LOGOUT, Ending.SIGNED_OUT, Ending.ANOTHER_USER]
SECURITY = [ending for ending in Ending if ending not in LEAVING]
OFFLINE = ["openid offline_access", "offline_access", "offline_access email"]


def end(home: Household, session_id: str, reason: Ending) -> bool:
    """End a session, and commit."""
    with home.database.transaction() as session:
        return end_session(session, home.clock, session_id, reason=reason)


def end_all(home: Household, reason: Ending, keep: str | None = None) -> Sequence[str]:
    """End alice's sessions, and commit."""
    with home.database.transaction() as session:
        return end_sessions_of(session, home.clock, home.user.id, reason=reason, keep=keep)


def test_scope_has_one_name() -> None:
    """The room of sessions stands below that of scopes, and means the same one."""
    assert endings.OFFLINE_ACCESS == scopes.OFFLINE_ACCESS


def test_every_reason_fits_its_column() -> None:
    """What is stored is the whole reason: it decides later what tokens are worth."""
    assert max(map(len, Ending)) <= 64


@pytest.mark.every_database
@pytest.mark.parametrize("reason", LEAVING)
def test_offline_access_outlives_who_leaves(home: Household, reason: Ending) -> None:
    """Back-Channel Logout section 2.7: refresh tokens with offline_access stay, all others end."""
    session_id, client = add_session(home), add_client(home, "app")
    kept = [add_family(home, session_id, client, scope) for scope in OFFLINE]
    ended = [
        add_family(home, session_id, client, scope) for scope in ("openid", "", "offlineXaccess", "offline_access2")
    ]

    assert end(home, session_id, reason)
    assert [is_revoked(home, family) for family in kept] == [False] * len(kept)
    assert [is_revoked(home, family) for family in ended] == [True] * len(ended)


@pytest.mark.every_database
@pytest.mark.parametrize("reason", SECURITY)
def test_security_ends_offline_access_as_well(home: Household, reason: Ending) -> None:
    """Of all sessions, those that were left before too, and of none; not of the one that is kept."""
    client = add_client(home, "app")
    left, live, here = add_session(home), add_session(home), add_session(home)
    families = [add_family(home, session_id, client, OFFLINE[0]) for session_id in (left, live, None)]
    kept = add_family(home, here, client, OFFLINE[0])
    end(home, left, Ending.LOGOUT)

    assert end_all(home, reason, keep=here) == [live]
    assert [is_revoked(home, family) for family in families] == [True, True, True]
    assert not is_revoked(home, kept)


def test_lost_certificate_ends_what_it_was_used_for(home: Household) -> None:
    """Offline access of sessions that rested on it ends, whether they were left before or not; other sessions' stays."""
    client, lost = add_client(home, "app"), add_certificate(home, "1")
    left, live, other = (add_session(home, certificate_id=one) for one in (lost, lost, add_certificate(home, "2")))
    families = [add_family(home, session_id, client, OFFLINE[0]) for session_id in (left, live, other)]
    end(home, left, Ending.LOGOUT)

    with home.database.transaction() as session:
        end_sessions_with_certificate(session, home.clock, lost, reason=Ending.CERTIFICATE_REVOKED)
    assert [is_revoked(home, family) for family in families] == [True, True, False]


def test_end_of_nothing_revokes_nothing(home: Household) -> None:
    """A session that has ended already is no reason to end others' tokens."""
    client = add_client(home, "app")
    gone, live = add_session(home), add_session(home)
    family = add_family(home, live, client)
    end(home, gone, Ending.LOGOUT)

    assert not end(home, gone, Ending.LOGOUT)
    assert not is_revoked(home, family)


EVERY_WAY: list[Callable[[Session, Household, str], object]] = [
    lambda session, home, sid: end_session(session, home.clock, sid, reason=Ending.LOGOUT),
    lambda session, home, sid: end_session(session, home.clock, sid, reason=Ending.ADMINISTRATOR),
    lambda session, home, _: end_sessions_of(session, home.clock, home.user.id, reason=Ending.PASSWORD_RESET),
]


@pytest.mark.every_database
@pytest.mark.parametrize("way", EVERY_WAY)
def test_each_client_that_took_part_is_told_once(
    home: Household, way: Callable[[Session, Household, str], object]
) -> None:
    """However many tokens it has; who registered no address, is disabled, or took part elsewhere is not told."""
    session_id = add_session(home)
    first, second = add_client(home, "first"), add_client(home, "second")
    silent, disabled = add_client(home, "silent", backchannel_logout_uri=""), add_client(home, "off", enabled=False)
    for client in (first, first, second, silent, disabled):
        add_family(home, session_id, client)
    with home.database.transaction() as session:
        bob = add_user(session, home.clock, home.realm, "bob")
    add_family(home, add_session(home, bob), add_client(home, "third"))

    with home.database.transaction() as session:
        way(session, home, session_id)
    with home.database.transaction() as session:
        way(session, home, session_id)

    notices = list_notices(home)
    assert {notice.client_id for notice in notices} == {first, second}
    assert [(n.session_id, n.user_id, n.attempts, n.next_attempt_at) for n in notices] == [
        (session_id, home.user.id, 0, home.clock.now())
    ] * 2


def test_notice_is_written_with_the_end_or_not_at_all(home: Household) -> None:
    """Nobody is told of an end that was rolled back."""
    session_id = add_session(home)
    add_family(home, session_id, add_client(home, "app"))

    def fail() -> None:
        with home.database.transaction() as session:
            end_session(session, home.clock, session_id, reason=Ending.LOGOUT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert list_notices(home) == []


@pytest.mark.every_database
def test_simultaneous_ends_tell_once(home: Household) -> None:
    """Twenty tabs that sign out: one notice."""
    session_id = add_session(home)
    add_family(home, session_id, add_client(home, "app"))

    assert sum(all_at_once(lambda _: end(home, session_id, Ending.LOGOUT))) == 1
    assert len(list_notices(home)) == 1
