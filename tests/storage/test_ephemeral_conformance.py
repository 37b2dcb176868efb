"""One contract, three stores: SQLite, PostgreSQL and Redis answer alike, also when many ask at once."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import redis

from idp.storage.database import Database
from idp.storage.ephemeral import EphemeralStore
from idp.storage.open import open_store
from tests.clock import FixedClock
from tests.databases import Databases

MINUTE = timedelta(minutes=1)
SHORT = timedelta(milliseconds=40)
CALLERS = 20
ODD_KEYS = ["", "ä ö", "nul\x00", "lone \ud800", "x" * 300, "line\nbreak", "a:b", "%00"]


class Bench:
    """A store, what a second process needs to open the same one, and a way to let time pass."""

    def __init__(self, kind: str, url: str, redis_url: str | None) -> None:
        self.kind, self.url, self.redis_url = kind, url, redis_url
        self.clock = FixedClock()
        self.database = Database(url, pool_size=2)
        self.store: EphemeralStore = open_store(self.database, redis_url, self.clock)

    def pass_time(self, lifetime: timedelta) -> None:
        """Let *lifetime* pass: Redis has its own clock, so there it is waited for."""
        self.clock.advance(lifetime)
        if self.redis_url:
            marker = redis.Redis.from_url(self.redis_url)
            marker.set("marker", "", px=round(lifetime.total_seconds() * 1000) + 2)
            while marker.exists("marker"):
                time.sleep(0.001)
            marker.close()

    def close(self) -> None:
        """Close everything."""
        self.store.close()
        self.database.close()


KINDS = ["sqlite", *(pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in ("postgresql", "redis"))]


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[Bench]:
    """Each store in turn, empty."""
    kind = request.param
    redis_url = request.getfixturevalue("redis_url") if kind == "redis" else None
    with databases.create("postgresql" if kind == "postgresql" else "sqlite", tmp_path) as url:
        bench = Bench(kind, url, redis_url)
        yield bench
        bench.close()


@pytest.fixture
def store(bench: Bench) -> EphemeralStore:
    """The store alone."""
    return bench.store


def test_put_value_is_read_back(store: EphemeralStore) -> None:
    """What was put is there, as often as one looks."""
    store.put("code", "k", "value", MINUTE)

    assert [store.get("code", "k"), store.get("code", "k")] == ["value", "value"]


def test_unknown_key_has_no_value(store: EphemeralStore) -> None:
    """Nothing comes of nothing."""
    assert store.get("code", "k") is None
    assert store.take("code", "k") is None
    assert store.count("code", "k") == 0


def test_put_replaces_value_and_lifetime(bench: Bench) -> None:
    """The last put counts."""
    bench.store.put("code", "k", "old", SHORT)
    bench.store.put("code", "k", "new", MINUTE)
    bench.pass_time(SHORT)

    assert bench.store.get("code", "k") == "new"


def test_taken_value_is_gone(store: EphemeralStore) -> None:
    """A value is taken once."""
    store.put("code", "k", "value", MINUTE)

    assert [store.take("code", "k"), store.take("code", "k"), store.get("code", "k")] == ["value", None, None]


def test_added_value_is_not_added_again(store: EphemeralStore) -> None:
    """The first to add wins, and its value stays."""
    assert [store.add("jti", "k", "first", MINUTE), store.add("jti", "k", "second", MINUTE)] == [True, False]
    assert store.get("jti", "k") == "first"


def test_value_taken_can_be_added_again(store: EphemeralStore) -> None:
    """Taking frees the key."""
    store.add("jti", "k", "first", MINUTE)
    store.take("jti", "k")

    assert store.add("jti", "k", "second", MINUTE)


def test_expired_value_is_gone(bench: Bench) -> None:
    """After its lifetime a value can neither be read nor taken, and its key is free."""
    bench.store.put("code", "read", "value", SHORT)
    bench.store.put("code", "taken", "value", SHORT)
    bench.store.put("code", "added", "old", SHORT)
    bench.pass_time(SHORT)

    assert bench.store.get("code", "read") is None
    assert bench.store.take("code", "taken") is None
    assert bench.store.add("code", "added", "new", MINUTE)
    assert bench.store.get("code", "added") == "new"


def test_increment_counts(store: EphemeralStore) -> None:
    """A counter starts at one, and `count` only looks."""
    assert [store.increment("failures", "k", MINUTE) for _ in range(3)] == [1, 2, 3]
    assert store.count("failures", "k") == 3


def test_counter_lives_from_its_first_increment(bench: Bench) -> None:
    """Later increments do not prolong a counter."""
    bench.store.increment("failures", "k", SHORT)
    bench.store.increment("failures", "k", MINUTE)
    bench.pass_time(SHORT)

    assert bench.store.count("failures", "k") == 0
    assert bench.store.increment("failures", "k", MINUTE) == 1


def test_deleted_is_gone(store: EphemeralStore) -> None:
    """Values and counters can be forgotten; nothing is no error."""
    store.put("code", "k", "value", MINUTE)
    store.increment("failures", "k", MINUTE)
    for kind in ("code", "failures", "code"):
        store.delete(kind, "k")

    assert store.get("code", "k") is None
    assert store.count("failures", "k") == 0


def test_kinds_do_not_mix(store: EphemeralStore) -> None:
    """The same key of another kind is another value."""
    store.put("code", "k", "one", MINUTE)
    store.put("login", "k", "two", MINUTE)

    assert (store.take("code", "k"), store.get("login", "k")) == ("one", "two")


@pytest.mark.parametrize("value", ["", "ä€𝄞 \u2028 \u202e", "x" * 65536, json.dumps({"a": "\x00"}), "'; DROP TABLE x"])
def test_any_text_is_kept(store: EphemeralStore, value: str) -> None:
    """Values come back as they were, whatever they hold and up to 64 kB and more."""
    store.put("code", "k", value, MINUTE)

    assert store.take("code", "k") == value


@pytest.mark.parametrize("key", ODD_KEYS)
def test_any_text_is_a_key(store: EphemeralStore, key: str) -> None:
    """What a stranger sent can be looked up, added and counted as it is."""
    assert store.take("code", key) is None
    assert store.add("code", key, "value", MINUTE)
    assert store.increment("failures", key, MINUTE) == 1
    assert store.take("code", key) == "value"


def test_odd_keys_do_not_collide(store: EphemeralStore) -> None:
    """Different keys are different, also where they do not fit a column."""
    for key in ODD_KEYS:
        store.put("code", key, repr(key), MINUTE)

    assert [store.get("code", key) for key in ODD_KEYS] == [repr(key) for key in ODD_KEYS]


def test_purge_removes_what_has_expired_and_nothing_else(bench: Bench) -> None:
    """A purge counts what it removes; Redis has nothing left to do."""
    for number in range(1200):
        bench.store.put("code", str(number), "value", SHORT)
    bench.store.put("code", "live", "value", timedelta(hours=1))
    bench.pass_time(timedelta(seconds=2) if bench.kind == "redis" else MINUTE)

    assert bench.store.purge() == (0 if bench.kind == "redis" else 1200)
    assert bench.store.purge() == 0
    assert bench.store.get("code", "live") == "value"


def test_reachable_store_answers_ping(store: EphemeralStore) -> None:
    """A store that works raises nothing."""
    store.ping()


def test_value_outlives_a_restart(bench: Bench) -> None:
    """A second process, or the next one, sees the same values."""
    bench.store.put("code", "k", "value", timedelta(hours=1))
    bench.close()
    again = Bench(bench.kind, bench.url, bench.redis_url)

    assert again.store.take("code", "k") == "value"
    again.close()


def test_open_transaction_does_not_hold_the_store_up(bench: Bench) -> None:
    """A request that has written to the database can still use the store, and so can others."""
    from idp.models import Realm

    with bench.database.transaction() as session:
        session.add(Realm(name="r", created_at=bench.clock.now()))
        session.flush()

        assert bench.store.add("code", "k", "value", MINUTE)
        assert bench.store.take("code", "k") == "value"


# Many at once


def at_once(work: Callable[..., Any]) -> list[Any]:
    """Call *work* in twenty threads that start together; return what each returned."""
    barrier = Barrier(CALLERS)

    def call(number: int) -> Any:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(CALLERS) as threads:
        return list(threads.map(call, range(CALLERS)))


def test_one_of_twenty_threads_takes(store: EphemeralStore) -> None:
    """A value is given to exactly one of those who take it together."""
    for key in "abcde":
        store.put("code", key, "value", MINUTE)

        assert sorted(at_once(lambda _, key=key: store.take("code", key)), key=str) == [None] * 19 + ["value"]


def test_one_of_twenty_threads_adds(store: EphemeralStore) -> None:
    """Exactly one adds, and it is that one's value that stays."""
    for key in "abcde":
        won = at_once(lambda number, key=key: store.add("jti", key, str(number), MINUTE))

        assert won.count(True) == 1
        assert store.get("jti", key) == str(won.index(True))


def test_counter_is_exact_under_contention(store: EphemeralStore) -> None:
    """No increment is lost, and no two callers are told the same number."""
    counts = at_once(lambda _: [store.increment("failures", "k", MINUTE) for _ in range(10)])

    assert sorted(count for part in counts for count in part) == list(range(1, 10 * CALLERS + 1))


def test_expiry_during_contention_lets_one_in(bench: Bench) -> None:
    """When a value expires while twenty wait for its key, exactly one of them gets it."""
    for round_number in range(3):
        bench.store.add("jti", str(round_number), "old", SHORT)

        def add_until_expired(number: int, key: str = str(round_number)) -> bool:
            while not (won := bench.store.add("jti", key, str(number), MINUTE)):
                if bench.store.get("jti", key) not in {"old", None}:
                    break
                if number == 0:
                    bench.clock.advance(SHORT)
            return won

        won = at_once(add_until_expired)

        assert won.count(True) == 1
        assert bench.store.get("jti", str(round_number)) == str(won.index(True))


def test_counter_expiring_during_contention_starts_once(bench: Bench) -> None:
    """An expired counter starts again at one for one caller alone."""
    for _ in range(3):
        bench.store.increment("failures", "k", SHORT)
    bench.pass_time(SHORT)

    assert sorted(at_once(lambda _: bench.store.increment("failures", "k", MINUTE))) == list(range(1, CALLERS + 1))


PROGRAM = """
import json, sys
from datetime import timedelta
from idp.storage.database import Database
from idp.storage.open import open_store
from tests.clock import FixedClock

url, redis_url, number = json.loads(sys.argv[1])
database = Database(url)
store = open_store(database, redis_url, FixedClock())
store.ping()
print("ready", flush=True)
sys.stdin.readline()
minute = timedelta(minutes=1)
print(json.dumps({
    "taken": [key for key in map(str, range(40)) if store.take("code", key)],
    "added": [key for key in map(str, range(40)) if store.add("jti", key, str(number), minute)],
    "counts": [store.increment("failures", "k", minute) for _ in range(25)],
}))
store.close()
database.close()
"""


def test_processes_share_one_store_without_a_double_winner(bench: Bench) -> None:
    """Four processes take, add and count together: each value has one winner, each number is given once."""
    for key in map(str, range(40)):
        bench.store.put("code", key, "value", MINUTE)
    results = run_processes(bench, 4)

    everything = sorted(map(str, range(40)))
    assert sorted(key for result in results for key in result["taken"]) == everything
    assert sorted(key for result in results for key in result["added"]) == everything
    assert sorted(number for result in results for number in result["counts"]) == list(range(1, 101))


def run_processes(bench: Bench, number_of_processes: int) -> list[dict[str, Any]]:
    """Run the program in several processes that begin together; return what each printed."""
    processes = []
    for number in range(number_of_processes):
        argument = json.dumps([bench.url, bench.redis_url, number])
        command = [sys.executable, "-c", PROGRAM, argument]
        processes.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=60)[0]) for process in processes]
