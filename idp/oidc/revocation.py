"""The revocation endpoint (RFC 7009). Whichever token of a family comes, the whole family ends.

An exchanged token ends alone: the family is that of the application whose token a resource server was called with.
"""

from datetime import timedelta

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint

from idp.events.tags import Tag
from idp.oidc.access_tokens import REVOKED_KIND
from idp.oidc.client import RegisteredClient
from idp.oidc.client_authentication import ALL_METHODS
from idp.oidc.refresh_tokens import RefreshToken
from idp.oidc.request import ExchangeRequest
from idp.oidc.token_families import revoke_family
from idp.oidc.token_lookup import AccessToken, find_token
from idp.web.exchange import Exchange


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """Ends the tokens of the client that asks; about others' tokens it says nothing (RFC 7009 section 2.1)."""

    CLIENT_AUTH_METHODS = ALL_METHODS

    def authenticate_token(
        self, request: ExchangeRequest, client: RegisteredClient
    ) -> AccessToken | RefreshToken | None:
        """Return the token of the request if it is the client's own."""
        value = request.form.get("token")
        if not value:
            raise InvalidRequestError("token is missing.")
        token = find_token(request.exchange, value)
        return token if token is not None and token.check_client(client) else None

    def revoke_token(self, token: AccessToken | RefreshToken, request: ExchangeRequest) -> None:
        """End the token's family, or remember a client's own or an exchanged token until it expires."""
        exchange = request.exchange
        family_id = None if isinstance(token, AccessToken) and token.exchanged else token.family_id
        if family_id is not None:
            revoke_family(
                exchange.transaction, family_id, now=exchange.services.clock.now(), reason="revoked by client"
            )
        elif isinstance(token, AccessToken):
            _remember(exchange, token)
        exchange.record(Tag.TOKEN_REVOKED, client_id=request.client.client_id, family_id=family_id)


def _remember(exchange: Exchange, token: AccessToken) -> None:
    remaining = token.claims["exp"] - exchange.services.clock.now().timestamp()
    exchange.services.ephemeral.put(REVOKED_KIND, token.claims["jti"], "", timedelta(seconds=remaining))
