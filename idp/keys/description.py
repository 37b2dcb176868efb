"""What an operator reads about a realm's keys."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.keys.algorithms import ALGORITHMS
from idp.keys.realm_keys import RealmKeys
from idp.keys.retention import find_end, find_retention
from idp.models import SigningKey

_ORDER = ("active", "next", "retired", "revoked")


@dataclass(frozen=True)
class KeyDescription:
    """One key: its status *since* when, and *until* when by itself, None while somebody has to do something."""

    kid: str
    algorithm: str
    status: str
    since: datetime
    until: datetime | None


def describe_keys(session: Session, clock: Clock, realm_id: str) -> list[KeyDescription]:
    """Return every key of the realm: by algorithm, the active one first, then the next, then the retired, newest first."""
    keys = RealmKeys(session, clock, realm_id)
    known = [row for row in reversed(keys.rows) if row.algorithm in ALGORITHMS]
    ordered = sorted(known, key=lambda row: (ALGORITHMS.index(row.algorithm), _ORDER.index(row.status)))
    retention = find_retention(session, keys.realm)
    return [
        KeyDescription(row.kid, row.algorithm, row.status, _find_since(row), _find_until(keys, row, retention))
        for row in ordered
    ]


def _find_since(row: SigningKey) -> datetime:
    return row.retired_at or row.activated_at or row.created_at


def _find_until(keys: RealmKeys, row: SigningKey, retention: timedelta) -> datetime | None:
    return find_end(row, retention) or keys.find_promotion_at(row.algorithm)
