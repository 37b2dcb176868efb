"""Slow down the guessing of client secrets.

Failures are counted for all workers together, per client and address. Nothing is looked up while a client gets its secret right:
each worker notices by its own next failure that the count is full.
"""

import time
from datetime import timedelta

from authlib.oauth2 import OAuth2Error

from idp.web.exchange import Exchange

KIND = "client-failures"
MAX_FAILURES = 20
_WINDOW = timedelta(minutes=1)
_CAPACITY = 4096
_Key = tuple[str, str, str]


class TooManyFailures(OAuth2Error):  # type: ignore[misc]
    """The client failed too often from this address; it may try again after a minute."""

    error = "invalid_client"
    status_code = 429
    description = "Too many failures. Try again in a minute."

    def get_headers(self) -> list[tuple[str, str]]:
        """Return the headers, with Retry-After in seconds."""
        return [*super().get_headers(), ("Retry-After", str(int(_WINDOW.total_seconds())))]


class GuessBrake:
    """Remembers, until when, which client is not heard from which address (monotonic clock)."""

    def __init__(self) -> None:
        self._until: dict[_Key, float] = {}

    def verify_open(self, exchange: Exchange, client_id: str) -> None:
        """Raise `TooManyFailures` while the client is not heard."""
        if self._until and self._until.get(_key(exchange, client_id), 0.0) > time.monotonic():
            raise TooManyFailures()

    def count_failure(self, exchange: Exchange, client_id: str) -> None:
        """Count a failure; from the twentieth in a minute on, hear no more of the client for a minute."""
        key = _key(exchange, client_id)
        if exchange.services.ephemeral.increment(KIND, ":".join(key), _WINDOW) < MAX_FAILURES:
            return
        if len(self._until) >= _CAPACITY:
            self._until.clear()
        self._until[key] = time.monotonic() + _WINDOW.total_seconds()


def _key(exchange: Exchange, client_id: str) -> _Key:
    return exchange.realm.id, client_id, exchange.address
