"""Slow down the guessing of user codes (RFC 8628 section 5.1): per address, and for the realm as a whole."""

from datetime import timedelta

from idp.errors import AccountLocked
from idp.events.tags import Tag
from idp.users.brute_force import network_of
from idp.web.exchange import Exchange

_KIND = "device-guesses"
_WINDOW = timedelta(minutes=10)
_MOST_OF_ADDRESS = 20
_MOST_OF_REALM = 2000  # 2^34 codes: with a hundred devices waiting, one in a hundred thousand finds one in ten minutes


class DeviceBrake:
    """Counts wrong user codes of ten minutes."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        realm = exchange.realm.id
        self._limits = {f"{realm}:{network_of(exchange.address)}": _MOST_OF_ADDRESS, realm: _MOST_OF_REALM}

    def verify_open(self) -> None:
        """Raise `AccountLocked` when too many were wrong."""
        store = self._exchange.services.ephemeral
        if any(store.count(_KIND, key) >= limit for key, limit in self._limits.items()):
            self._exchange.record(Tag.LOGIN_LOCKED, seconds=int(_WINDOW.total_seconds()), step="device")
            raise AccountLocked(_WINDOW)

    def record_failure(self) -> None:
        """Count a wrong code."""
        for key in self._limits:
            self._exchange.services.ephemeral.increment(_KIND, key, _WINDOW)
