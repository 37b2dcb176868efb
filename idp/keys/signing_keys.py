"""The life of a realm's signing keys (JWK, RFC 7517): created, rotated, revoked.

A key is published for a while before it signs (`idp.keys.publication`), and after that for as long as anything it signed may come
back (`idp.keys.retention`). So a rotation is a promotion of the key that everybody knows already, and another takes its place.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.encryption import Cipher
from idp.errors import Conflict, InvalidInput, NotFound
from idp.keys.algorithms import ALGORITHMS
from idp.keys.realm_keys import RealmKeys
from idp.keys.spare_keys import SpareKeys, make_keys_of_realm
from idp.models import SigningKey


class NextKeyTooYoung(Conflict):
    """The next key has not been published for long enough to be in everybody's key set; it will at `ready_at`."""

    def __init__(self, algorithm: str, ready_at: datetime) -> None:
        super().__init__(
            f"the next {algorithm} key may sign from {_round_up(ready_at):%Y-%m-%dT%H:%M:%SZ} on, "
            "when every application knows it"
        )
        self.ready_at = ready_at


class Revocation(NamedTuple):
    """The keys that were revoked, and those that sign in place of them."""

    revoked: list[SigningKey]
    activated: list[SigningKey]


def create_signing_keys(
    session: Session, cipher: Cipher, clock: Clock, realm_id: str, *, spares: SpareKeys | None = None
) -> list[SigningKey]:
    """Insert for each algorithm an active key and the next; return the active ones."""
    return tend_signing_keys(session, cipher, clock, realm_id, spares=spares or make_keys_of_realm())


def find_algorithms_to_tend(session: Session, clock: Clock, realm_id: str) -> list[str]:
    """Return the algorithms for which `tend_signing_keys` would do something now."""
    keys = RealmKeys(session, clock, realm_id)
    return [name for name in ALGORITHMS if keys.find(name, "next") is None or _is_due(keys, name)]


def create_missing_keys(session: Session, cipher: Cipher, clock: Clock, realm_id: str) -> None:
    """Publish a next key for each algorithm that has none."""
    if any(RealmKeys(session, clock, realm_id).find(name, "next") is None for name in ALGORITHMS):
        keys = RealmKeys.lock(session, clock, realm_id)
        for name in ALGORITHMS:
            _ensure_next(keys, name, cipher, SpareKeys())


def tend_signing_keys(
    session: Session, cipher: Cipher, clock: Clock, realm_id: str, *, spares: SpareKeys | None = None
) -> list[SigningKey]:
    """Create the keys that are missing and activate those that are due; return what has become active.

    Of any number of simultaneous callers one does it. A key that is new to an old realm is published first.
    """
    keys = RealmKeys.lock(session, clock, realm_id)
    chosen = spares or SpareKeys()
    for name in ALGORITHMS:
        _ensure_next(keys, name, cipher, chosen)
    return [_promote(keys, name, cipher, chosen) for name in ALGORITHMS if _is_due(keys, name)]


def rotate_signing_keys(
    session: Session,
    cipher: Cipher,
    clock: Clock,
    realm_id: str,
    *,
    algorithms: Sequence[str] = ALGORITHMS,
    spares: SpareKeys | None = None,
) -> list[SigningKey]:
    """Make the next keys for *algorithms* active and return them, all or none; the old ones stay published.

    Raise `NextKeyTooYoung` while somebody might not know one of them, and `InvalidInput` for an algorithm that is not ours.
    """
    verify_algorithms(algorithms)
    keys = RealmKeys.lock(session, clock, realm_id)
    slowest = max(algorithms, key=keys.find_ready_at)
    if keys.find_ready_at(slowest) > keys.now:
        raise NextKeyTooYoung(slowest, keys.find_ready_at(slowest))
    chosen = spares or SpareKeys(algorithms)
    return [_promote(keys, name, cipher, chosen) for name in dict.fromkeys(algorithms)]


def revoke_signing_keys(
    session: Session,
    cipher: Cipher,
    clock: Clock,
    realm_id: str,
    kids: Iterable[str] | None = None,
    *,
    spares: SpareKeys | None = None,
) -> Revocation:
    """Take keys, or else all, out of the key set at once, with all they signed.

    The next key signs then, whether or not everybody knows it: there is no other. Raise `NotFound` for a kid of another realm.
    """
    keys = RealmKeys.lock(session, clock, realm_id)
    chosen = spares or SpareKeys()
    chosen_rows = keys.rows if kids is None else [_get_key(keys, kid) for kid in dict.fromkeys(kids)]
    revoked = [key for key in chosen_rows if key.status != "revoked"]
    for key in revoked:
        keys.revoke(key, cipher)
    affected = [name for name in ALGORITHMS if any(key.algorithm == name for key in revoked)]
    for name in affected:
        _ensure_next(keys, name, cipher, chosen)
    unsigned = [name for name in affected if keys.find(name, "active") is None]
    return Revocation(revoked, [_promote(keys, name, cipher, chosen) for name in unsigned])


def verify_algorithms(algorithms: Sequence[str]) -> None:
    """Raise `InvalidInput` unless there are some and all are ours."""
    if not algorithms or not set(algorithms) <= set(ALGORITHMS):
        raise InvalidInput(algorithm=f"Use one of {', '.join(ALGORITHMS)}.")


def _is_due(keys: RealmKeys, algorithm: str) -> bool:
    at = keys.find_promotion_at(algorithm)
    return at is not None and at <= keys.now


def _ensure_next(keys: RealmKeys, algorithm: str, cipher: Cipher, spares: SpareKeys) -> SigningKey:
    return keys.find(algorithm, "next") or keys.add_next(algorithm, cipher, spares)


def _promote(keys: RealmKeys, algorithm: str, cipher: Cipher, spares: SpareKeys) -> SigningKey:
    active = keys.activate(_ensure_next(keys, algorithm, cipher, spares))
    _ensure_next(keys, algorithm, cipher, spares)
    return active


def _round_up(instant: datetime) -> datetime:
    return instant + timedelta(microseconds=-instant.microsecond % 1_000_000)


def _get_key(keys: RealmKeys, kid: str) -> SigningKey:
    key = keys.find_by_kid(kid)
    if key is None:
        raise NotFound(f"the realm has no key {kid!r}")
    return key
