"""The client credentials grant (RFC 6749 section 4.4). It writes nothing: the token says it all and lives for minutes."""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from idp.oidc.access_tokens import access_token_seconds, issue_access_token
from idp.oidc.client_authentication import CONFIDENTIAL_METHODS
from idp.oidc.scopes import grant_client_scope


class ClientGrant(ClientCredentialsGrant):  # type: ignore[misc]
    """A confidential client asks for itself."""

    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL_METHODS

    def validate_requested_scope(self) -> None:
        """Grant what is registered of the requested scope; raise `InvalidScopeError` where that is nothing."""
        requested = self.request.payload.scope or ""
        self.request.scope = grant_client_scope(self.client.registration, requested)
        if requested and not self.request.scope:
            raise InvalidScopeError("None of the requested scopes is registered for this client.")

    def generate_token(self, **_: Any) -> dict[str, Any]:
        """Return the token response (RFC 6749 section 4.4.3: no refresh token)."""
        exchange, scope = self.request.exchange, self.request.scope
        token = {
            "access_token": issue_access_token(exchange, self.client.registration, scope, None),
            "token_type": "Bearer",
            "expires_in": access_token_seconds(exchange),
        }
        return {**token, "scope": scope} if scope else token

    def save_token(self, token: dict[str, Any]) -> None:
        """Save nothing."""
