"""The client credentials grant (RFC 6749 section 4.4). It writes nothing: the token says it all and lives for minutes."""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from idp.oidc.client_authentication import CONFIDENTIAL_METHODS
from idp.oidc.request import parameters_of
from idp.oidc.resources import read_resources
from idp.oidc.scopes import asks_in_vain, grant_client_scope
from idp.oidc.sender_constraint import find_confirmation
from idp.oidc.token_grant import TokenGrant
from idp.oidc.token_response import build_token_response


class ClientGrant(ClientCredentialsGrant):  # type: ignore[misc]
    """A confidential client asks for itself."""

    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL_METHODS

    def validate_requested_scope(self) -> None:
        """Grant what is registered of the requested scope; raise `InvalidScopeError` where that is nothing."""
        requested = self.request.payload.scope or ""
        self.request.scope = grant_client_scope(self.client.registration, requested)
        if asks_in_vain(requested, self.request.scope):
            raise InvalidScopeError("None of the requested scopes is registered for this client.")

    def generate_token(self, **_: Any) -> dict[str, Any]:
        """Return the token response (RFC 6749 section 4.4.3: no refresh token)."""
        exchange, client = self.request.exchange, self.client.registration
        grant = TokenGrant(
            client=client,
            scope=self.request.scope,
            basis=None,
            audience=read_resources(parameters_of(exchange), client),
            confirmation=find_confirmation(exchange, client),
        )
        return build_token_response(exchange, grant)

    def save_token(self, token: dict[str, Any]) -> None:
        """Save nothing."""
