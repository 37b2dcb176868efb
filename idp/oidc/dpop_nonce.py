"""Nonces for DPoP proofs (RFC 9449 sections 8 and 9): a time and a MAC, so that every worker knows those of all others."""

import base64
import hashlib
import hmac
import re
from datetime import timedelta

from idp.web.exchange import Exchange

NONCE_LIFETIME = timedelta(minutes=5)
_SKEW = timedelta(seconds=10)  # between the clocks of two workers
_FORM = re.compile(r"([0-9a-f]{8,10})\.([A-Za-z0-9_-]{22})")


def issue_nonce(exchange: Exchange) -> str:
    """Return a nonce of the realm, good for five minutes and for any number of proofs."""
    issued_at = f"{int(exchange.services.clock.now().timestamp()):08x}"
    return f"{issued_at}.{_mac(exchange, issued_at)}"


def nonce_is_fresh(exchange: Exchange, nonce: str) -> bool:
    """Tell whether *nonce* is one that the realm issued less than five minutes ago."""
    parts = _FORM.fullmatch(nonce)
    if parts is None or not hmac.compare_digest(_mac(exchange, parts[1]), parts[2]):
        return False
    age = exchange.services.clock.now().timestamp() - int(parts[1], 16)
    return -_SKEW.total_seconds() <= age < NONCE_LIFETIME.total_seconds()


def _mac(exchange: Exchange, issued_at: str) -> str:
    message = f"dpop-nonce:{exchange.realm.id}:{issued_at}".encode()
    mac = hmac.digest(exchange.services.csrf_key, message, hashlib.sha256)[:16]
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
