"""The authorization code grant at the token endpoint (RFC 6749 section 4.1.3, OpenID Connect Core section 3.1.3)."""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant

from idp.oidc.access_tokens import access_token_seconds, issue_access_token
from idp.oidc.authorization_code import AuthorizationCode
from idp.oidc.client import RegisteredClient
from idp.oidc.client_authentication import ALL_METHODS
from idp.oidc.codes import CodeInvalid, find_code, take_code
from idp.oidc.id_tokens import issue_id_token
from idp.oidc.refresh_tokens import create_refresh_token, digest_refresh_token
from idp.oidc.scopes import OPENID
from idp.oidc.token_families import begin_family


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """authlib finds the code and compares client, redirect_uri and verifier; then the code is used up; then tokens are made."""

    TOKEN_ENDPOINT_AUTH_METHODS = ALL_METHODS

    def query_authorization_code(self, code: str, client: RegisteredClient) -> AuthorizationCode | None:
        """Return the code if it was issued to *client*."""
        found = find_code(self.request.exchange, code)
        return found if found is not None and found.client_row_id == client.registration.id else None

    def authenticate_user(self, authorization_code: AuthorizationCode) -> str:
        """Use the code up and return whose it is; raise `InvalidGrantError`."""
        try:
            take_code(self.request.exchange, authorization_code)
        except CodeInvalid as error:
            raise InvalidGrantError("The code has expired or was used before.") from error
        return authorization_code.basis.user_id

    def generate_token(self, *, scope: str, include_refresh_token: bool, **_: Any) -> dict[str, Any]:
        """Return the token response (RFC 6749 section 5.1)."""
        exchange, client = self.request.exchange, self.client.registration
        code: AuthorizationCode = self.request.authorization_code
        access_token = issue_access_token(exchange, client, scope, code.basis)
        token = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": access_token_seconds(exchange),
            "scope": scope,
        }
        if include_refresh_token:
            token["refresh_token"] = create_refresh_token(exchange, code.basis.family_id)
        if OPENID in scope.split():
            token["id_token"] = issue_id_token(
                exchange, client, code.basis, scope=scope, access_token=access_token, nonce=code.nonce
            )
        return token

    def save_token(self, token: dict[str, Any]) -> None:
        """Begin the token family; raise `InvalidGrantError` when that is no longer allowed."""
        exchange, refresh_token = self.request.exchange, token.get("refresh_token")
        begun = begin_family(
            exchange.transaction,
            self.request.authorization_code,
            refresh_digest=digest_refresh_token(refresh_token) if refresh_token else None,
            now=exchange.services.clock.now(),
        )
        if not begun:
            raise InvalidGrantError("The session has ended, or the code was used before.")

    def delete_authorization_code(self, authorization_code: AuthorizationCode) -> None:
        """Keep the used code, so that a second use is noticed."""
