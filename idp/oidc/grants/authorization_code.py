"""The authorization code grant at the token endpoint (RFC 6749 section 4.1.3, OpenID Connect Core section 3.1.3)."""

from dataclasses import replace
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidGrantError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant

from idp.oidc.authorization_code import AuthorizationCode
from idp.oidc.client import RegisteredClient
from idp.oidc.client_authentication import ALL_METHODS
from idp.oidc.codes import CodeInvalid, find_code, take_code
from idp.oidc.dpop_code_binding import verify_code_key
from idp.oidc.refresh_tokens import create_refresh_token
from idp.oidc.request import parameters_of
from idp.oidc.resources import read_resources
from idp.oidc.sender_constraint import find_confirmation
from idp.oidc.token_families import CODE_REPLAYED, find_family
from idp.oidc.token_family_start import begin_family
from idp.oidc.token_grant import TokenGrant
from idp.oidc.token_response import build_token_response


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]
    """authlib finds the code and compares client, redirect_uri and verifier; then the code is used up; then tokens are made."""

    TOKEN_ENDPOINT_AUTH_METHODS = ALL_METHODS

    def query_authorization_code(self, code: str, client: RegisteredClient) -> AuthorizationCode | None:
        """Return the code if it was issued to *client*."""
        found = find_code(self.request.exchange, code)
        return found if found is not None and found.client_row_id == client.registration.id else None

    def validate_token_request(self) -> None:
        """Check everything about the request; what is wrong here does not use the code up, so that it can be put right."""
        super().validate_token_request()
        exchange, client = self.request.exchange, self.client.registration
        code: AuthorizationCode = self.request.authorization_code
        confirmation = find_confirmation(exchange, client)
        verify_code_key(code.dpop_jkt, confirmation)
        self.grant = TokenGrant(
            client=client,
            scope=code.scope,
            basis=code.basis,
            audience=read_resources(parameters_of(exchange), client, authorized=code.audience),
            confirmation=confirmation,
            claims=code.claims,
            nonce=code.nonce,
        )

    def authenticate_user(self, authorization_code: AuthorizationCode) -> str:
        """Use the code up and return whose it is; raise `InvalidGrantError`."""
        try:
            take_code(self.request.exchange, authorization_code)
        except CodeInvalid as error:
            raise InvalidGrantError("The code has expired or was used before.") from error
        return authorization_code.basis.user_id

    def generate_token(self, *, include_refresh_token: bool, **_: Any) -> dict[str, Any]:
        """Return the token response (RFC 6749 section 5.1)."""
        exchange, code = self.request.exchange, self.request.authorization_code
        refresh_token = create_refresh_token(exchange, code.basis.family_id) if include_refresh_token else None
        return build_token_response(exchange, self.grant, refresh_token=refresh_token)

    def save_token(self, token: dict[str, Any]) -> None:
        """Begin the token family; raise `InvalidGrantError` when that is no longer allowed."""
        authorized = replace(self.grant, audience=self.request.authorization_code.audience)
        begun = begin_family(self.request.exchange, authorized, refresh_token=token.get("refresh_token"))
        if not begun and not self._was_revoked_meanwhile():
            raise InvalidGrantError("The session has ended.")

    def _was_revoked_meanwhile(self) -> bool:
        """Tell whether a second use came before the tokens of this first one were written: it wins, and they are revoked."""
        family = find_family(self.request.exchange.transaction, self.request.authorization_code.basis.family_id)
        return family is not None and family.revoked_reason == CODE_REPLAYED

    def delete_authorization_code(self, authorization_code: AuthorizationCode) -> None:
        """Keep the used code, so that a second use is noticed."""
