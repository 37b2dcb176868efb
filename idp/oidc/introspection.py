"""The introspection endpoint (RFC 7662), for confidential clients.

Any of them may ask about access tokens, as resource servers do; about a refresh token only the client it was issued to.
"""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from idp.oidc.access_tokens import FAMILY_CLAIM, REVOKED_KIND
from idp.oidc.client import RegisteredClient
from idp.oidc.client_authentication import CONFIDENTIAL_METHODS
from idp.oidc.refresh_tokens import RefreshToken
from idp.oidc.request import ExchangeRequest
from idp.oidc.subjects import subject_of
from idp.oidc.token_basis import timestamp
from idp.oidc.token_families import find_person_of_live_family
from idp.oidc.token_lookup import AccessToken, find_token
from idp.oidc.token_response import token_type_of
from idp.web.exchange import Exchange

_INACTIVE = {"active": False}


class Introspection(IntrospectionEndpoint):  # type: ignore[misc]
    """Tells whether a token is active, and what it stands for."""

    CLIENT_AUTH_METHODS = CONFIDENTIAL_METHODS

    def authenticate_token(self, request: ExchangeRequest, client: RegisteredClient) -> dict[str, Any]:
        """Return the answer about the token of the request."""
        value = request.form.get("token")
        if not value:
            raise InvalidRequestError("token is missing.")
        token = find_token(request.exchange, value)
        if isinstance(token, AccessToken):
            return _describe_access_token(request.exchange, token)
        if token is not None and token.check_client(client):
            return _describe_refresh_token(request.exchange, token, client)
        return _INACTIVE

    def create_introspection_payload(self, token: dict[str, Any]) -> dict[str, Any]:
        """Return the answer as it is."""
        return token


def _describe_access_token(exchange: Exchange, token: AccessToken) -> dict[str, Any]:
    claims = {name: value for name, value in token.claims.items() if name != FAMILY_CLAIM}
    answer = {"active": True, "token_type": token_type_of(claims.get("cnf")), **claims}
    if token.family_id is None:
        revoked = exchange.services.ephemeral.get(REVOKED_KIND, claims["jti"]) is not None
        return _INACTIVE if revoked else answer
    person = find_person_of_live_family(exchange.transaction, token.family_id, exchange.services.clock.now())
    return _INACTIVE if person is None else {**answer, "username": person.username}


def _describe_refresh_token(exchange: Exchange, token: RefreshToken, client: RegisteredClient) -> dict[str, Any]:
    if not token.current or not token.is_live(exchange):
        return _INACTIVE
    row = token.family
    return {
        "active": True,
        "iss": exchange.url(""),
        "sub": subject_of(exchange.services, client.registration, row.user_id),
        "client_id": client.client_id,
        "scope": row.scope,
        "exp": timestamp(row.expires_at),
        "sid": row.session_id,
    }
