"""client_secret_basic and client_secret_post (RFC 6749 section 2.3.1)."""

import hashlib
import hmac

from idp.clients.registration import ClientRegistration
from idp.oidc.client_authentication.credentials import Credentials
from idp.oidc.client_authentication.refusal import CredentialsWrong
from idp.web.exchange import Exchange


def verify_secret(exchange: Exchange, client: ClientRegistration, presented: Credentials) -> None:
    """Raise `CredentialsWrong` unless the secret is the client's; it takes as long whichever character differs, and of which."""
    known = client.list_secrets(exchange.services.clock.now())
    given = _digest(presented.value)
    matching = [hmac.compare_digest(_digest(secret), given) for secret in known]  # each, whether or not one has matched
    if not any(matching):
        raise CredentialsWrong("wrong secret")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
