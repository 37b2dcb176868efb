"""To which key the tokens of a request are bound: one way for all grants and all endpoints that take tokens."""

from typing import Any

from idp.clients.registration import ClientRegistration
from idp.oidc.token_grant import Confirmation
from idp.web.exchange import Exchange


def find_confirmation(exchange: Exchange, client: ClientRegistration) -> Confirmation | None:  # noqa: ARG001
    """Return what the tokens of this request are bound to, or None."""
    return None


def verify_confirmation(exchange: Exchange, claims: dict[str, Any], token: str, scheme: str) -> None:
    """Verify that the request proves possession of the key that a token's *claims* name."""
