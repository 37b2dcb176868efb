"""The contract of the store for short-lived state: codes, attempts, logins, counters.

Every value has a lifetime. `add` and `take` are atomic across threads, processes and machines: of any number
of simultaneous callers exactly one wins. What was taken stays taken, whatever happens to the request.
Kinds are short names (at most 32 characters of ``a-z0-9_-``); a kind holds values or counters, never both.
Keys may be any text, so what a stranger sent can be looked up as it is. Values are text without NUL.
Every method raises `StoreUnavailable` when the store does not answer.
"""

import hashlib
from datetime import timedelta
from typing import Protocol

from idp.errors import IdpError

_KEY_LENGTH = 255


class StoreUnavailable(IdpError):
    """The store for short-lived state does not answer; its text names the address, never a password."""


class EphemeralStore(Protocol):
    """Put, add, get, take and increment, all with a lifetime."""

    def put(self, kind: str, key: str, value: str, lifetime: timedelta) -> None:
        """Store *value*, replacing what was there."""
        ...

    def add(self, kind: str, key: str, value: str, lifetime: timedelta) -> bool:
        """Store *value* unless there is a live one; return whether it was stored."""
        ...

    def get(self, kind: str, key: str) -> str | None:
        """Return the live value, or None."""
        ...

    def take(self, kind: str, key: str) -> str | None:
        """Remove and return the live value, or None: one caller gets it."""
        ...

    def increment(self, kind: str, key: str, lifetime: timedelta) -> int:
        """Add one to a counter and return it; the lifetime runs from its first increment."""
        ...

    def count(self, kind: str, key: str) -> int:
        """Return the live counter, 0 where there is none."""
        ...

    def delete(self, kind: str, key: str) -> None:
        """Forget the value or counter, if there is one."""
        ...

    def purge(self) -> int:
        """Remove what has expired; return how many (0 where the store does so by itself)."""
        ...

    def ping(self) -> None:
        """Raise when the store cannot be reached."""
        ...

    def close(self) -> None:
        """Give connections back."""
        ...


def storable_key(key: str) -> str:
    """Return *key*, or the digest that stands for it where a column could not hold it (length, NUL, non-text)."""
    if len(key) <= _KEY_LENGTH and key.isascii() and key.isprintable():
        return key
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
