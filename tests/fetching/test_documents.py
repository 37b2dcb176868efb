"""Documents that are fetched again and again: how long they are kept, and how often strangers can make us fetch them."""

import threading
from typing import Any

import pytest

from idp.fetching.documents import BURST, LONGEST, REFILL, SHORTEST, STALE, UNSAID, DocumentCache, freshness
from idp.fetching.errors import FetchFailed
from idp.fetching.http import Fetched

URL = "https://app.example/jwks"


class Host:
    """Stands for the fetcher: answers with what is set, and counts."""

    def __init__(self) -> None:
        self.body: bytes | None = b"one"
        self.control = ""
        self.count = 0
        self.gate: threading.Event | None = None
        self.entered = threading.Semaphore(0)

    def get(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        assert (url, accept) == (URL, "text/plain")
        self.count += 1
        self.entered.release()
        if self.gate is not None:
            assert self.gate.wait(20)
        if self.body is None:
            raise FetchFailed("down")
        return Fetched(200, {"cache-control": self.control}, self.body)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, in its first element."""
    now = [1000.0]
    monkeypatch.setattr("idp.fetching.documents.time.monotonic", lambda: now[0])
    return now


@pytest.fixture
def host() -> Host:
    """A host that answers."""
    return Host()


@pytest.fixture
def cache(host: Host, time: list[float]) -> DocumentCache:
    """An empty cache."""
    return DocumentCache(host)  # type: ignore[arg-type]


def get(cache: DocumentCache) -> bytes:
    return cache.get(URL, accept="text/plain")


def newer(cache: DocumentCache, known: bytes) -> bytes | None:
    return cache.get_newer(URL, known, accept="text/plain")


@pytest.mark.parametrize(
    ("control", "seconds"),
    [
        ("", UNSAID),
        ("max-age=120", 120),
        ('public, MAX-AGE="120"', 120),
        ("max-age=1", SHORTEST),
        ("max-age=0, must-revalidate", SHORTEST),
        ("max-age=999999999", LONGEST),
        ("max-age=99999999999999999999", LONGEST),
        ("no-store, max-age=500", SHORTEST),
        ("no-cache", SHORTEST),
        ("max-age=-5", UNSAID),
        ("s-maxage=1", UNSAID),
        ("x-max-age=1", UNSAID),
    ],
)
def test_freshness_is_what_the_host_says_within_limits(control: str, seconds: float) -> None:
    """RFC 9111 section 5.2.2."""
    assert freshness({"cache-control": control}) == seconds


def test_document_is_fetched_once_while_it_is_fresh(cache: DocumentCache, host: Host, time: list[float]) -> None:
    """And again afterwards."""
    host.control = "max-age=120"
    assert [get(cache), get(cache)] == [b"one", b"one"]
    time[0] += 119
    host.body = b"two"
    assert (get(cache), host.count) == (b"one", 1)
    time[0] += 2
    assert (get(cache), host.count) == (b"two", 2)


def test_host_that_is_down_leaves_the_last_document_for_a_while(
    cache: DocumentCache, host: Host, time: list[float]
) -> None:
    """A short outage of a client's host keeps nobody out; a long one does."""
    get(cache)
    host.body = None
    time[0] += UNSAID + STALE - 1
    assert get(cache) == b"one"
    time[0] += 2
    with pytest.raises(FetchFailed):
        get(cache)


def test_newer_document_is_looked_for_when_asked(cache: DocumentCache, host: Host) -> None:
    """As for a key nobody knows; None where the host has nothing new, or nothing."""
    get(cache)
    assert newer(cache, b"one") is None
    host.body = b"two"
    assert newer(cache, b"one") == b"two"
    assert (newer(cache, b"one"), host.count) == (b"two", 3), "what somebody else has fetched meanwhile"
    host.body = None
    assert newer(cache, b"two") is None
    assert get(cache) == b"two"


def test_strangers_cannot_make_us_hammer_a_host(cache: DocumentCache, host: Host, time: list[float]) -> None:
    """A few fetches may follow one another, then one comes back every so many seconds."""
    get(cache)
    for _ in range(50):
        assert newer(cache, b"one") is None
    assert host.count == BURST
    time[0] += REFILL
    for _ in range(50):
        newer(cache, b"one")
    assert host.count == BURST + 1
    time[0] += 1000 * REFILL
    for _ in range(50):
        newer(cache, b"one")
    assert host.count == 2 * BURST + 1


def test_host_that_never_answers_is_not_asked_without_end(cache: DocumentCache, host: Host) -> None:
    """Failures count as well."""
    host.body = None
    for _ in range(50):
        with pytest.raises(FetchFailed):
            get(cache)
    assert host.count == BURST


def test_who_comes_together_shares_one_fetch(cache: DocumentCache, host: Host) -> None:
    """Everybody gets the document, the host one request; and no more than so many wait."""
    host.gate = threading.Event()
    results: list[Any] = []

    def ask() -> None:
        try:
            results.append(get(cache))
        except FetchFailed as failure:
            results.append(str(failure))

    first = threading.Thread(target=ask)
    first.start()
    assert host.entered.acquire(timeout=20)
    others = [threading.Thread(target=ask) for _ in range(30)]
    for thread in others:
        thread.start()
    while results.count("too many fetches are under way") < 19:
        assert threading.Event().wait(0.01) is False
    host.gate.set()
    for thread in (first, *others):
        thread.join()
    assert (results.count(b"one"), len(results), host.count) == (12, 31, 1)


def test_memory_is_bounded(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes."""
    monkeypatch.setattr(host, "get", lambda url, **_: Fetched(200, {}, url.encode()))
    cache = DocumentCache(host)  # type: ignore[arg-type]
    for number in range(600):
        cache.get(f"https://app.example/{number}", accept="text/plain")
    assert len(cache._entries) == 512
