"""Documents that are needed again and again, such as key sets: kept for as long as their host says, within limits.

Each process keeps its own. Strangers can make us ask for a document, by sending something signed with a key nobody knows; how often
one is fetched is therefore limited, whatever they send.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock

from idp.fetching.errors import FetchError, FetchFailed
from idp.fetching.fetcher import FETCH_SECONDS, MAX_BYTES, Fetcher
from idp.fetching.slots import Slots

SHORTEST, LONGEST, UNSAID = 60.0, 3600.0, 600.0  # seconds that a document is fresh
STALE = 3600.0
"""For how long more it is used when its host does not answer."""
BURST, REFILL = 4, 15.0
"""How many fetches of a document may follow one another, and the seconds until there may be one more."""

_CAPACITY = 512
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,9})", re.IGNORECASE)
_FORGETFUL = re.compile(r"(?:^|[\s,])(no-store|no-cache)\b", re.IGNORECASE)


@dataclass
class _Entry:
    """What is known of one document; times are of the monotonic clock."""

    lock: Lock = field(default_factory=Lock)
    body: bytes | None = None
    fresh_until: float = 0.0
    permits: float = BURST
    permits_at: float = 0.0

    def take_permit(self, now: float) -> bool:
        self.permits = min(BURST, self.permits + (now - self.permits_at) / REFILL)
        self.permits_at = now
        if self.permits < 1:
            return False
        self.permits -= 1
        return True


class DocumentCache:
    """Documents by address, safe for use by many threads at once."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._entries: dict[str, _Entry] = {}
        self._lock = Lock()
        # Whoever has to wait for another's fetch of the same document holds a thread meanwhile.
        self._waiting = Slots(total=16, each=12)

    def get(self, url: str, *, accept: str) -> bytes:
        """Return the document, fetched when there is none or it is no longer fresh; raise `FetchError`."""
        entry = self._entry(url)
        if entry.body is not None and time.monotonic() < entry.fresh_until:
            return entry.body
        try:
            return self._fetch(url, accept, entry)
        except FetchError:
            if entry.body is not None and time.monotonic() < entry.fresh_until + STALE:
                return entry.body
            raise

    def get_newer(self, url: str, known: bytes, *, accept: str) -> bytes | None:
        """Return the document if it is another than *known*, fetched anew; None where it is not, or cannot be had now."""
        entry = self._entry(url)
        try:
            body = entry.body if entry.body not in (None, known) else self._fetch(url, accept, entry)
        except FetchError:
            return None
        return body if body != known else None

    def _entry(self, url: str) -> _Entry:
        with self._lock:
            entry = self._entries.get(url)
            if entry is None:
                if len(self._entries) >= _CAPACITY:
                    del self._entries[next(iter(self._entries))]
                entry = self._entries[url] = _Entry(permits_at=time.monotonic())
            return entry

    def _fetch(self, url: str, accept: str, entry: _Entry) -> bytes:
        """Fetch the document once, however many ask; who comes while it is under way gets the same."""
        asked_at = entry.fresh_until
        with self._waiting.hold(url):
            if not entry.lock.acquire(timeout=FETCH_SECONDS):
                raise FetchFailed("somebody else's fetch takes too long")
            try:
                if entry.body is not None and entry.fresh_until != asked_at:
                    return entry.body
                if not entry.take_permit(time.monotonic()):
                    raise FetchFailed("fetched too often")
                fetched = self._fetcher.get(url, accept=accept, max_bytes=MAX_BYTES)
                entry.body = fetched.body
                entry.fresh_until = time.monotonic() + freshness(fetched.headers)
                return entry.body
            finally:
                entry.lock.release()


def freshness(headers: Mapping[str, str]) -> float:
    """Return for how many seconds an answer with these header fields is fresh (RFC 9111 section 5.2.2), within our limits."""
    control = headers.get("cache-control", "")
    if _FORGETFUL.search(control):
        return SHORTEST
    found = _MAX_AGE.search(control)
    return min(max(float(found[1]), SHORTEST), LONGEST) if found else UNSAID
