"""What an operator reads about a realm's keys."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import JWKRegistry
from sqlalchemy import select
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


@dataclass(frozen=True)
class PublicKey:
    """A public key: its kty (RFC 7517 section 4.1), and its SubjectPublicKeyInfo in base64."""

    kind: str
    der_base64: str


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


def list_public_keys(session: Session, realm_id: str) -> dict[str, PublicKey]:
    """Return the public part of every key of the realm by its kid."""
    rows = session.execute(select(SigningKey.kid, SigningKey.public_jwk).where(SigningKey.realm_id == realm_id))
    return {kid: _read_public_key(jwk) for kid, jwk in rows}


def _read_public_key(jwk: dict[str, Any]) -> PublicKey:
    key: Any = JWKRegistry.import_key(jwk)  # never a symmetric one, which alone has no DER
    der = key.as_der(private=False)
    return PublicKey(jwk["kty"], base64.b64encode(der).decode())


def _find_since(row: SigningKey) -> datetime:
    return row.retired_at or row.activated_at or row.created_at


def _find_until(keys: RealmKeys, row: SigningKey, retention: timedelta) -> datetime | None:
    return find_end(row, retention) or keys.find_promotion_at(row.algorithm)
