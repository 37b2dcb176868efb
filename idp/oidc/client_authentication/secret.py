"""client_secret_basic and client_secret_post (RFC 6749 section 2.3.1)."""

import hashlib
import hmac

from idp.clients.registration import ClientRegistration
from idp.oidc.client_authentication.credentials import Credentials
from idp.oidc.client_authentication.refusal import CredentialsWrong
from idp.web.exchange import Exchange


def verify_secret(_exchange: Exchange, client: ClientRegistration, presented: Credentials) -> None:
    """Raise `CredentialsWrong` unless the secret is the client's; it takes as long whichever character differs."""
    same = hmac.compare_digest(_digest(client.secret or ""), _digest(presented.value))
    if not same or not client.secret:
        raise CredentialsWrong("wrong secret")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
