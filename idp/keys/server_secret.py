"""The secret that an installation has for good, from which the keys of forms, tokens and pairwise subjects are derived.

It is random, lies in the database under the master key, and stays the same when that one changes: people keep the names by which
sectors know them (OpenID Connect Core section 8.1), and refresh tokens and open forms stay good.
"""

import os

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.exc import IntegrityError

from idp.encryption import Cipher
from idp.models import ServerSecret
from idp.storage.database import Database

_NAME, _BYTES = "derivation", 32
_CONTEXT = "server_secret.secret"


def load_server_secret(database: Database, cipher: Cipher) -> bytes:
    """Return the secret, made where there is none; of several who make it at once all get one. Raises `DecryptionFailed`."""
    found = _find(database)
    if found is None:
        try:
            with database.transaction() as session:
                secret = cipher.encrypt(os.urandom(_BYTES), _CONTEXT)
                session.add(ServerSecret(name=_NAME, secret_encrypted=secret))
        except IntegrityError:  # somebody was quicker
            pass
        found = _find(database)
    if found is None:
        raise LookupError("the server's secret is gone again")
    return cipher.decrypt(found, _CONTEXT)


def derive_key(secret: bytes, purpose: bytes) -> bytes:
    """Return the key for *purpose* (RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(secret)


def _find(database: Database) -> bytes | None:
    with database.transaction() as session:
        row = session.get(ServerSecret, _NAME)
        return row.secret_encrypted if row else None
