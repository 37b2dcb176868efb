"""Values read from the database and kept for at most a moment.

A change is to be seen by every worker within one second, so nothing lives here longer than that: under load
a hot row is read once a second instead of once a request.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LIFETIME = 1.0
_CAPACITY = 4096


class MomentaryCache(Generic[K, V]):
    """Remember what `load(key)` returned for one second (monotonic clock), for up to 4096 keys.

    None is not remembered: strangers choose the names of what does not exist, and could fill the memory with them.
    """

    def __init__(self, load: Callable[[K], V], *, lifetime: float = LIFETIME) -> None:
        self._load = load
        self._lifetime = lifetime
        self._entries: dict[K, tuple[float, V]] = {}
        self._lock = threading.Lock()

    def get(self, key: K) -> V:
        """Return the value for *key*, loading it when there is none or it is older than the lifetime."""
        entry = self._entries.get(key)
        now = time.monotonic()
        if entry is not None and now - entry[0] < self._lifetime:
            return entry[1]
        value = self._load(key)
        if value is None:
            return value
        with self._lock:
            if len(self._entries) >= _CAPACITY:
                self._entries.clear()
            self._entries[key] = (now, value)
        return value

    def peek(self, key: K) -> V | None:
        """Return the value for *key* if it is here and fresh, else None; never load it."""
        entry = self._entries.get(key)
        fresh = entry is not None and time.monotonic() - entry[0] < self._lifetime
        return entry[1] if entry is not None and fresh else None

    def clear(self) -> None:
        """Forget everything, as after a change made in this very process."""
        with self._lock:
            self._entries.clear()
