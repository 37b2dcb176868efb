"""A client's secret, and for a while the one that it replaced."""

import secrets
from datetime import datetime, timedelta

from idp.clients.metadata.security import SECRET_METHODS
from idp.clients.registration import ROTATED_SECRET_CONTEXT, SECRET_CONTEXT
from idp.clock import Clock
from idp.encryption import Cipher
from idp.errors import InvalidInput
from idp.models import Client

_LEAST, _MOST = 8, 1024


def uses_secret(client: Client) -> bool:
    """Tell whether the client authenticates by a secret."""
    return client.token_endpoint_auth_method in SECRET_METHODS


def set_secret(client: Client, cipher: Cipher, clock: Clock, secret: str | None) -> None:
    """Store the client's secret, encrypted; raise `InvalidInput` for one that protects nothing. All former ones are void."""
    if secret is not None and (not _LEAST <= len(secret.strip()) <= len(secret) <= _MOST or not secret.isprintable()):
        raise InvalidInput(secret=f"Use {_LEAST} to {_MOST} visible characters.")
    client.secret_encrypted = None if secret is None else cipher.encrypt(secret.encode(), SECRET_CONTEXT)
    client.secret_created_at = None if secret is None else clock.now()
    drop_rotated_secret(client)


def replace_secret(client: Client, cipher: Cipher, clock: Clock, secret: str | None = None) -> str:
    """Give the client another *secret* or a new one, and return it; the old one is good for the client's `secret_overlap`."""
    fresh = generate_secret() if secret is None else secret
    former = reveal_secret(client, cipher) if client.secret_overlap else None
    set_secret(client, cipher, clock, fresh)
    if former is not None and client.secret_overlap:
        client.rotated_secret_encrypted = cipher.encrypt(former.encode(), ROTATED_SECRET_CONTEXT)
        client.rotated_secret_expires_at = clock.now() + timedelta(seconds=client.secret_overlap)
    return fresh


def drop_rotated_secret(client: Client) -> None:
    """Let nothing be good but the present secret."""
    client.rotated_secret_encrypted = client.rotated_secret_expires_at = None


def reveal_secret(client: Client, cipher: Cipher) -> str | None:
    """Return the client's secret, or None."""
    known = client.secret_encrypted
    return None if known is None else cipher.decrypt(known, SECRET_CONTEXT).decode()


def reveal_rotated_secret(client: Client, cipher: Cipher, now: datetime) -> str | None:
    """Return the secret that was replaced while it is still good, or None."""
    known, end = client.rotated_secret_encrypted, client.rotated_secret_expires_at
    return (
        None if known is None or end is None or end <= now else cipher.decrypt(known, ROTATED_SECRET_CONTEXT).decode()
    )


def generate_secret() -> str:
    """Return a new client secret of 384 random bits in 64 characters, as many as HS512 needs (RFC 7518 section 3.2)."""
    return secrets.token_urlsafe(48)
