"""The brake on guessing: per account and per address, with growing delay.

A try is counted *before* it is judged, and from the limit on every try has to win a lock that one of any number of
simultaneous callers gets. So parallel guessing gains nothing.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Protocol

from idp.clock import Clock
from idp.errors import AccountLocked
from idp.models import User
from idp.models.user import normalise
from idp.storage.ephemeral import EphemeralStore

SECOND_FACTORS = ("certificate", "recovery")
"""What beside the password is counted for an account: its subject is the account's id, a colon, and this."""
MEMORY = timedelta(hours=12)
"""How long a failure is remembered at the most."""
_COUNTER = "failures"
_LOCK = "locked"
_LOCKS = "locks"
_ADDRESS = "address-failures"
_ADDRESS_WINDOW = timedelta(minutes=15)
# Many people may share one address behind a gateway, so an address is allowed more than an account.
_ADDRESS_FACTOR = 20
_HOST_BITS = 64  # an IPv6 customer has at least a /64 to guess from (RFC 6177 section 2)


class LockPolicy(Protocol):
    """When sign-in is locked, and for how long."""

    @property
    def max_failures(self) -> int:
        """Failures after which each further one locks."""
        ...

    @property
    def increment(self) -> timedelta:
        """The first lock's length; every further failure doubles it."""
        ...

    @property
    def maximum(self) -> timedelta:
        """The longest lock."""
        ...


class BruteForceBrake:
    """Count tries on one account from one address."""

    def __init__(self, store: EphemeralStore, clock: Clock, policy: LockPolicy, *, subject: str, address: str) -> None:
        self._store, self._clock, self._policy = store, clock, policy
        self._subject, self._address = subject, network_of(address)

    def begin_attempt(self) -> None:
        """Count a try; raise `AccountLocked` when it may not be made."""
        self.verify_open()
        tries = self._store.increment(_COUNTER, self._subject, MEMORY)
        if tries < self._policy.max_failures:
            return
        # Only whoever holds the lock makes the next one longer: tries that it turned away do not.
        duration = lock_duration(self._policy, self._store.count(_LOCKS, self._subject))
        until = (self._clock.now() + duration).isoformat()
        if not self._store.add(_LOCK, self._subject, until, duration):
            raise AccountLocked(duration)
        self._store.increment(_LOCKS, self._subject, MEMORY)

    def record_failure(self) -> None:
        """Note that the try failed: the address pays as well."""
        if self._address:
            self._store.increment(_ADDRESS, self._address, _ADDRESS_WINDOW)

    def record_success(self) -> None:
        """Forget the account's failures, and the lock that the try itself may have taken."""
        self._store.delete(_COUNTER, self._subject)
        self._store.delete(_LOCK, self._subject)
        self._store.delete(_LOCKS, self._subject)

    def verify_open(self) -> None:
        """Raise `AccountLocked` when the next try would be refused, without counting one."""
        until = self._store.get(_LOCK, self._subject)
        if until is not None:
            raise AccountLocked(max(datetime.fromisoformat(until) - self._clock.now(), timedelta(seconds=1)))
        limit = self._policy.max_failures * _ADDRESS_FACTOR
        if self._address and self._store.count(_ADDRESS, self._address) >= limit:
            raise AccountLocked(_ADDRESS_WINDOW)


@dataclass(frozen=True)
class LockState:
    """How many tries of a password have failed in a row, and until when none is made, None where one may be."""

    failures: int
    locked_until: datetime | None


def find_lock_state(store: EphemeralStore, clock: Clock, user_id: str) -> LockState:
    """Return how the account stands."""
    until = store.get(_LOCK, user_id)
    locked = None if until is None else datetime.fromisoformat(until)
    return LockState(store.count(_COUNTER, user_id), locked if locked and locked > clock.now() else None)


def unlock(store: EphemeralStore, user_id: str) -> None:
    """Forget the failures of an account and its locks: of passwords, certificates and recovery codes. Those of addresses stay."""
    for subject in (user_id, *(f"{user_id}:{part}" for part in SECOND_FACTORS)):
        for kind in (_COUNTER, _LOCK, _LOCKS):
            store.delete(kind, subject)


def lock_duration(policy: LockPolicy, earlier: int) -> timedelta:
    """Return how long a lock lasts after *earlier* ones: each twice as long as the one before, up to the maximum."""
    return min(policy.increment * (1 << min(earlier, 16)), policy.maximum)


def network_of(address: str) -> str:
    """Return the name under which an address is counted: itself, or the /64 network of an IPv6 address."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> _HOST_BITS << _HOST_BITS))


def subject_of(realm_id: str, user: User | None, login: str) -> str:
    """Return the name under which tries are counted: the account's, or that of a login nobody has."""
    if user is not None:
        return user.id
    return hashlib.sha256(f"{realm_id}:{normalise(login)}".encode()).hexdigest()
