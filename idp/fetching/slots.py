"""How many fetches may be under way: a slow host holds a few threads, and never all of them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from idp.fetching.errors import FetchFailed


class Slots:
    """Up to *total* at once, and up to *each* for one key. Nobody waits for a slot: waiting would hold a thread as well."""

    def __init__(self, *, total: int, each: int) -> None:
        self._total, self._each = total, each
        self._lock = Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Hold a slot for the time of the context; raise `FetchFailed` where none is free."""
        self.take(key)
        try:
            yield
        finally:
            self.give_back(key)

    def take(self, key: str) -> None:
        """Take a slot, to be given back; raise `FetchFailed` where none is free."""
        with self._lock:
            if self._taken[key] >= self._each or self._taken.total() >= self._total:
                raise FetchFailed("too many fetches are under way")
            self._taken[key] += 1

    def give_back(self, key: str) -> None:
        """Give a slot back."""
        with self._lock:
            self._taken[key] -= 1
            if not self._taken[key]:
                del self._taken[key]
