"""Notices of logouts: claimed by one worker, tried again, given up in the end."""

from datetime import timedelta

import pytest

from idp.models import LogoutNotice
from idp.sessions.endings import Ending
from idp.sessions.logout_notices import (
    FIRST_DELAY,
    LEASE,
    LONGEST_DELAY,
    PATIENCE,
    RETENTION,
    claim_logout_notice,
    count_waiting,
    mark_delivered,
    mark_failed,
    purge_logout_notices,
)
from idp.sessions.sessions import end_sessions_of
from tests.crowd import all_at_once
from tests.people import Household
from tests.sessions.taking_part import add_client, add_family, add_session, list_notices

pytestmark = pytest.mark.every_database


def write(home: Household, *clients: str) -> None:
    """End a session that the clients took part in."""
    session_id = add_session(home)
    for client in clients:
        add_family(home, session_id, client)
    with home.database.transaction() as session:
        end_sessions_of(session, home.clock, home.user.id, reason=Ending.ADMINISTRATOR)


def claim(home: Household, *busy: str) -> LogoutNotice | None:
    """Claim in a transaction of its own."""
    with home.database.transaction() as session:
        return claim_logout_notice(session, home.clock, busy=busy)


def fail(home: Household, notice: LogoutNotice | None, *, permanent: bool = False) -> bool:
    """Note a failure in a transaction of its own."""
    assert notice is not None
    with home.database.transaction() as session:
        return mark_failed(session, home.clock, notice, "x" * 1000, permanent=permanent)


def deliver(home: Household, notice: LogoutNotice | None) -> bool:
    """Note the delivery in a transaction of its own."""
    assert notice is not None
    with home.database.transaction() as session:
        return mark_delivered(session, home.clock, notice)


def test_claimed_notice_is_not_claimed_again(home: Household) -> None:
    """As long as the lease runs it belongs to one worker; when that one dies, it is due again."""
    write(home, add_client(home, "app"))
    first = claim(home)
    assert first is not None
    assert (first.attempts, first.next_attempt_at) == (1, home.clock.now() + LEASE)
    assert claim(home) is None
    home.clock.advance(LEASE)
    again = claim(home)
    assert again is not None
    assert (again.id, again.attempts) == (first.id, 2)


def test_simultaneous_workers_share_the_work(home: Household) -> None:
    """Each notice goes to one of them."""
    write(home, *(add_client(home, f"app{number}") for number in range(5)))
    claimed = [notice for notice in all_at_once(lambda _: claim(home)) if notice is not None]

    assert not [error for error in claimed if isinstance(error, Exception)]
    assert len({notice.id for notice in claimed}) == len(claimed) == 5


def test_busy_client_does_not_keep_others_waiting(home: Household) -> None:
    """Its notices stay due while those of others are claimed."""
    slow, quick = add_client(home, "slow"), add_client(home, "quick")
    write(home, slow)
    home.clock.advance(seconds=1)
    write(home, quick)

    notice = claim(home, slow)
    assert notice is not None
    assert notice.client_id == quick
    assert claim(home, slow) is None
    assert claim(home) is not None


def test_delay_grows_and_ends_after_a_day(home: Household) -> None:
    """5 s, 10 s, … 1 h; then the client is not asked any more, and the error that is kept is cut."""
    write(home, add_client(home, "app"))
    begun, delays = home.clock.now(), []
    while not fail(home, notice := claim(home)):
        (row,) = list_notices(home)
        assert row.next_attempt_at is not None
        delays.append(row.next_attempt_at - home.clock.now())
        home.clock.advance(row.next_attempt_at - home.clock.now())

    assert delays[:4] == [FIRST_DELAY * factor for factor in (1, 2, 4, 8)]
    assert delays[-1] == max(delays) == LONGEST_DELAY
    assert timedelta(0) <= home.clock.now() - begun - PATIENCE < LONGEST_DELAY
    (row,) = list_notices(home)
    assert (row.next_attempt_at, row.delivered_at, len(row.last_error)) == (None, None, 255)
    assert notice is not None
    assert row.attempts == len(delays) + 1
    home.clock.advance(days=1)
    assert claim(home) is None


def test_permanent_failure_is_given_up_at_once(home: Household) -> None:
    """Such as a client that no longer wants to be told."""
    write(home, add_client(home, "app"))
    assert fail(home, claim(home), permanent=True)
    assert claim(home) is None


def test_delivery_is_noted_once(home: Household) -> None:
    """Of two workers, one of which was thought dead, one notes it; a failure of the other changes nothing."""
    write(home, add_client(home, "app"))
    slow = claim(home)
    home.clock.advance(LEASE)
    quick = claim(home)

    assert not fail(home, slow)
    assert list_notices(home)[0].next_attempt_at == home.clock.now() + LEASE
    assert deliver(home, quick)
    assert not deliver(home, slow)
    assert not fail(home, quick, permanent=True)
    (row,) = list_notices(home)
    assert (row.next_attempt_at, row.delivered_at, row.last_error) == (None, home.clock.now(), "")


def test_waiting_ones_are_counted_and_old_ones_deleted(home: Household) -> None:
    """What is done is kept for a week, what waits for as long as it waits."""
    client = add_client(home, "app")
    for _ in range(3):
        write(home, client)
    deliver(home, claim(home))
    fail(home, claim(home), permanent=True)
    home.clock.advance(RETENTION + timedelta(seconds=1))
    with home.database.transaction() as session:
        assert count_waiting(session) == 1
        assert purge_logout_notices(session, home.clock) == 2
    assert len(list_notices(home)) == 1
