"""Look up a token that a client presents: an access token or a refresh token, revoked or not."""

from dataclasses import dataclass
from typing import Any

from idp.keys.tokens import TokenInvalid
from idp.oidc.access_tokens import ACTOR_CLAIM, FAMILY_CLAIM, verify_access_token
from idp.oidc.client import RegisteredClient
from idp.oidc.refresh_tokens import RefreshToken, find_refresh_token
from idp.web.exchange import Exchange


@dataclass(frozen=True)
class AccessToken:
    """A genuine, unexpired access token of this realm."""

    claims: dict[str, Any]

    @property
    def family_id(self) -> str | None:
        """The token family, None for a client's own token."""
        return self.claims.get(FAMILY_CLAIM)

    @property
    def exchanged(self) -> bool:
        """Whether it came from a token exchange (RFC 8693): its family is not its client's, and its actor is an application."""
        return ACTOR_CLAIM in self.claims and "iss" not in self.claims[ACTOR_CLAIM]

    def check_client(self, client: RegisteredClient) -> bool:
        """Tell whether the token was issued to *client*."""
        return bool(self.claims["client_id"] == client.client_id)


def find_token(exchange: Exchange, value: str) -> AccessToken | RefreshToken | None:
    """Return the token that *value* is, or None. The hint of RFC 7009 section 2.1 is not needed: their forms differ."""
    refresh_token = find_refresh_token(exchange, value)
    if refresh_token is not None:
        return refresh_token
    try:
        return AccessToken(verify_access_token(exchange, value))
    except TokenInvalid:
        return None
