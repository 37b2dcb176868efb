"""The brake on guessing: how many guesses a patient, a hurried and a distributed guesser get."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from idp.errors import AccountLocked
from idp.realms.policy import LockPolicy
from idp.storage.database import Database
from idp.storage.ephemeral import EphemeralStore
from idp.storage.open import open_store
from idp.users.brute_force import BruteForceBrake, lock_duration, subject_of
from tests.clock import FixedClock
from tests.crowd import all_at_once
from tests.databases import Databases
from tests.people import Household

MINUTE = timedelta(minutes=1)
POLICY = LockPolicy(max_failures=5, increment=MINUTE, maximum=15 * MINUTE)
ADDRESS_LIMIT = POLICY.max_failures * 20


@pytest.fixture(params=["sqlite", *(pytest.param(k, marks=getattr(pytest.mark, k)) for k in ("postgresql", "redis"))])
def any_store(
    request: pytest.FixtureRequest, databases: Databases, tmp_path: Path, clock: FixedClock
) -> Iterator[EphemeralStore]:
    """Each kind of store in turn."""
    redis_url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    with databases.create("postgresql" if request.param == "postgresql" else "sqlite", tmp_path) as url:
        database = Database(url, pool_size=2)
        store = open_store(database, redis_url, clock)
        yield store
        store.close()
        database.close()


def make_brake(
    store: EphemeralStore, clock: FixedClock, subject: str = "alice", address: str = "", policy: LockPolicy = POLICY
) -> BruteForceBrake:
    """Return a brake as a request would make it."""
    return BruteForceBrake(store, clock, policy, subject=subject, address=address)


def guess(brake: BruteForceBrake) -> bool:
    """Make one wrong guess; return whether it was judged at all."""
    try:
        brake.begin_attempt()
    except AccountLocked:
        return False
    brake.record_failure()
    return True


def test_failures_below_limit_do_not_lock(store: EphemeralStore, clock: FixedClock) -> None:
    """Four slips of the finger cost nothing."""
    brake = make_brake(store, clock)

    assert [guess(brake) for _ in range(4)] == [True] * 4
    brake.verify_open()


def test_failure_at_limit_locks_until_increment_is_over(store: EphemeralStore, clock: FixedClock) -> None:
    """The fifth failure locks for a minute, and not a second longer."""
    brake = make_brake(store, clock)
    for _ in range(5):
        guess(brake)

    with pytest.raises(AccountLocked) as locked:
        brake.begin_attempt()
    assert locked.value.retry_after == MINUTE

    clock.advance(seconds=59)
    with pytest.raises(AccountLocked) as locked:
        brake.verify_open()
    assert locked.value.retry_after == timedelta(seconds=1)

    clock.advance(seconds=1)
    brake.begin_attempt()


def test_tries_while_locked_do_not_prolong_lock(store: EphemeralStore, clock: FixedClock) -> None:
    """Whoever keeps trying cannot keep the owner out for longer than the policy says."""
    brake = make_brake(store, clock)
    for _ in range(200):
        guess(brake)

    clock.advance(MINUTE)
    brake.verify_open()


def test_lock_grows_up_to_maximum(store: EphemeralStore, clock: FixedClock) -> None:
    """One minute, two, four, eight, and then fifteen."""
    brake, lengths = make_brake(store, clock), []
    for _ in range(4):
        guess(brake)
    for _ in range(6):
        guess(brake)
        with pytest.raises(AccountLocked) as locked:
            brake.verify_open()
        lengths.append(locked.value.retry_after / MINUTE)
        clock.advance(locked.value.retry_after)

    assert lengths == [1, 2, 4, 8, 15, 15]


def test_patient_guesser_gets_few_tries_in_a_day(store: EphemeralStore, clock: FixedClock) -> None:
    """Somebody who always waits for the lock to end gets about a hundred guesses in 24 hours, not thousands."""
    brake, guesses, end = make_brake(store, clock), 0, clock.now() + timedelta(days=1)
    while clock.now() < end:
        guesses += guess(brake)
        try:
            brake.verify_open()
        except AccountLocked as locked:
            clock.advance(locked.retry_after)

    assert guesses < 120


def test_success_forgets_failures(store: EphemeralStore, clock: FixedClock) -> None:
    """Who knows the password begins anew, even when the try itself had taken the lock."""
    brake = make_brake(store, clock)
    for _ in range(4):
        guess(brake)
    brake.begin_attempt()  # the fifth: takes the lock, and is right
    brake.record_success()

    assert [guess(brake) for _ in range(4)] == [True] * 4


def test_simultaneous_guesses_are_judged_no_more_often_than_sequential_ones(
    any_store: EphemeralStore, clock: FixedClock
) -> None:
    """Of twenty guesses at once, five are judged; of twenty more, none."""
    results = all_at_once(lambda _: guess(make_brake(any_store, clock)))
    again = all_at_once(lambda _: guess(make_brake(any_store, clock)))

    assert results.count(True) == POLICY.max_failures
    assert again.count(True) == 0


def test_simultaneous_guesses_after_lock_win_once(store: EphemeralStore, clock: FixedClock) -> None:
    """When a lock ends, one of twenty waiting guesses is judged."""
    for _ in range(5):
        guess(make_brake(store, clock))
    clock.advance(MINUTE)

    results = all_at_once(lambda _: guess(make_brake(store, clock)))

    assert results.count(True) == 1


def test_simultaneous_refused_guesses_do_not_lengthen_lock_beyond_maximum(
    store: EphemeralStore, clock: FixedClock
) -> None:
    """Twenty guesses at once are no way to lock the owner out for a day."""
    all_at_once(lambda _: guess(make_brake(store, clock)))

    clock.advance(POLICY.maximum)
    make_brake(store, clock).verify_open()


def test_accounts_are_counted_apart(store: EphemeralStore, clock: FixedClock) -> None:
    """A locked alice does not lock bob."""
    for _ in range(9):
        guess(make_brake(store, clock, "alice"))

    assert guess(make_brake(store, clock, "bob"))


def test_address_that_fails_on_many_accounts_is_locked(store: EphemeralStore, clock: FixedClock) -> None:
    """One password tried on every account (password spraying) ends at a hundred failures in fifteen minutes."""
    judged = sum(guess(make_brake(store, clock, f"user{n}", "203.0.113.9")) for n in range(ADDRESS_LIMIT + 50))

    assert judged == ADDRESS_LIMIT
    assert guess(make_brake(store, clock, "somebody", "203.0.113.10"))


def test_address_lock_ends_after_window(store: EphemeralStore, clock: FixedClock) -> None:
    """A whole office is not kept out for longer than fifteen minutes."""
    for number in range(ADDRESS_LIMIT):
        guess(make_brake(store, clock, f"user{number}", "203.0.113.9"))
    clock.advance(15 * MINUTE)

    assert guess(make_brake(store, clock, "somebody", "203.0.113.9"))


def test_addresses_of_one_ipv6_network_count_together(store: EphemeralStore, clock: FixedClock) -> None:
    """A customer has 2⁶⁴ IPv6 addresses; to guess from each of them gains nothing."""
    addresses = (f"2001:db8:0:7::{number:x}" for number in range(1, ADDRESS_LIMIT + 51))
    judged = sum(guess(make_brake(store, clock, f"user{n}", address)) for n, address in enumerate(addresses))

    assert judged == ADDRESS_LIMIT
    assert guess(make_brake(store, clock, "somebody", "2001:db8:0:8::1"))


def test_address_that_is_none_is_counted_as_it_is(store: EphemeralStore, clock: FixedClock) -> None:
    """A Unix socket has no address, and a scoped one is no reason to fail."""
    for address in ("", "fe80::1%eth0", "unix", "::ffff:192.0.2.1"):
        assert guess(make_brake(store, clock, "alice" + address, address))


def test_success_does_not_forgive_address(store: EphemeralStore, clock: FixedClock) -> None:
    """An attacker with an account of their own cannot reset the count of their address by signing in between."""
    for number in range(ADDRESS_LIMIT):
        guess(make_brake(store, clock, f"user{number}", "203.0.113.9"))
    make_brake(store, clock, "mallory", "203.0.113.9").record_success()

    assert not guess(make_brake(store, clock, "alice", "203.0.113.9"))


def test_verify_open_counts_nothing(store: EphemeralStore, clock: FixedClock) -> None:
    """To look whether a try is allowed is not a try."""
    brake = make_brake(store, clock)
    for _ in range(50):
        brake.verify_open()

    assert guess(brake)


def test_limit_of_one_failure_judges_one_guess(store: EphemeralStore, clock: FixedClock) -> None:
    """The strictest policy still lets its owner try."""
    policy = LockPolicy(max_failures=1, increment=MINUTE, maximum=MINUTE)
    judged = all_at_once(lambda _: guess(make_brake(store, clock, policy=policy)))

    assert judged.count(True) == 1


def test_tries_turned_away_do_not_lengthen_the_lock(store: EphemeralStore, clock: FixedClock) -> None:
    """Of tries at once, one holds the lock; however many it turned away were counted, the next lock is the second."""
    brake = make_brake(store, clock)
    for _ in range(POLICY.max_failures - 1):
        guess(brake)
    for _ in range(7):
        store.increment("failures", "alice", timedelta(hours=12))  # what losers of the race have counted

    assert guess(brake)
    with pytest.raises(AccountLocked) as locked:
        brake.begin_attempt()
    assert locked.value.retry_after == MINUTE


def test_lock_duration_of_countless_locks_is_maximum() -> None:
    """No number of locks overflows."""
    assert lock_duration(POLICY, 10**9) == POLICY.maximum


def test_subject_of_unknown_login_is_same_for_its_spellings(home: Household) -> None:
    """An account that nobody has is locked like one that somebody has, in whatever case it is typed."""
    realm_id = home.realm.id

    assert subject_of(realm_id, None, "Nobody ") == subject_of(realm_id, None, "nobody")
    assert subject_of(realm_id, None, "\uff2eobody") == subject_of(realm_id, None, "nobody")  # as accounts are found
    assert subject_of(realm_id, None, "nobody") != subject_of("other", None, "nobody")
    assert subject_of(realm_id, home.user, "alice@example.org") == subject_of(realm_id, home.user, "alice")
