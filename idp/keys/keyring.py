"""All keys of a realm, imported and ready: what signs, what verifies, and the published JWKS (RFC 7517 section 5)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.encryption import Cipher
from idp.errors import NotFound
from idp.keys.algorithms import ALGORITHMS, Key, import_private_key, import_public_key
from idp.keys.realm_keys import PRIVATE_KEY_CONTEXT
from idp.models import SigningKey


class KeyMissing(NotFound):
    """The realm has no key to sign with; housekeeping is about to publish one, so waiting helps."""


@dataclass(frozen=True)
class NamedKey:
    """A key with the `kid` and the one algorithm it is for."""

    kid: str
    algorithm: str
    key: Key


@dataclass(frozen=True)
class KeyRing:
    """A realm's keys: `signers` by algorithm, `verifiers` by kid, and the JWKS as bytes with its entity tag.

    The next keys are among the verifiers: another worker may have heard already that they sign.
    """

    signers: Mapping[str, NamedKey]
    verifiers: Mapping[str, NamedKey]
    jwks: bytes
    etag: str

    def get_signer(self, algorithm: str) -> NamedKey:
        """Return the active key for *algorithm*; raise `KeyMissing`."""
        try:
            return self.signers[algorithm]
        except KeyError:
            raise KeyMissing(f"no active key for {algorithm}") from None


class _KeyRow(NamedTuple):
    kid: str
    algorithm: str
    status: str
    public_jwk: str
    private_key_encrypted: bytes


_PUBLISHED = (
    select(
        SigningKey.kid,
        SigningKey.algorithm,
        SigningKey.status,
        SigningKey.public_jwk,
        SigningKey.private_key_encrypted,
    )
    .where(SigningKey.status.in_(("next", "active", "retired")), SigningKey.algorithm.in_(ALGORITHMS))
    .order_by(SigningKey.created_at, SigningKey.kid)
)


def load_keyring(session: Session, cipher: Cipher, realm_id: str) -> KeyRing:
    """Return the realm's keys; raise `KeyMissing` where it has none."""
    rows = session.execute(_PUBLISHED.where(SigningKey.realm_id == realm_id))
    keys = tuple(
        _KeyRow(row.kid, row.algorithm, row.status, json.dumps(row.public_jwk), row.private_key_encrypted)
        for row in rows
    )
    if not keys:
        raise KeyMissing(f"realm {realm_id} has no signing keys")
    return _build_keyring(cipher, keys)


# Importing an RSA key costs tens of milliseconds, and the rows are read again every second: the same rows give
# the same ring.
@lru_cache(maxsize=256)
def _build_keyring(cipher: Cipher, rows: tuple[_KeyRow, ...]) -> KeyRing:
    jwks = json.dumps({"keys": [json.loads(row.public_jwk) for row in rows]}, separators=(",", ":")).encode()
    signers = {row.algorithm: NamedKey(row.kid, row.algorithm, _private_key(cipher, row)) for row in _active(rows)}
    verifiers = {row.kid: NamedKey(row.kid, row.algorithm, _public_key(row)) for row in rows}
    return KeyRing(
        signers=MappingProxyType(signers),
        verifiers=MappingProxyType(verifiers),
        jwks=jwks,
        etag=f'"{hashlib.sha256(jwks).hexdigest()[:32]}"',
    )


def _active(rows: tuple[_KeyRow, ...]) -> list[_KeyRow]:
    return [row for row in rows if row.status == "active"]


def _private_key(cipher: Cipher, row: _KeyRow) -> Key:
    der = cipher.decrypt(row.private_key_encrypted, PRIVATE_KEY_CONTEXT)
    return import_private_key(der, row.kid, row.algorithm)


def _public_key(row: _KeyRow) -> Key:
    return import_public_key(json.loads(row.public_jwk), row.algorithm)
