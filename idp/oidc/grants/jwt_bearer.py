"""A JWT as authorization grant (RFC 7523 section 2.1): a client that has signed for itself gets a token for itself.

Nobody can sign for a person here: a person's tokens come from their own login, which `acr` and `amr` tell of.
"""

from typing import Any

from authlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from idp.clients.registration import ClientRegistration, is_client_id
from idp.keys.compact import TokenInvalid, read_compact
from idp.keys.public_keys import ASYMMETRIC_ALGORITHMS
from idp.oidc.client import RegisteredClient
from idp.oidc.client_authentication import CONFIDENTIAL_METHODS
from idp.oidc.client_jwt import ClientJwtInvalid, verify_client_jwt, verify_unused
from idp.oidc.request import parameters_of
from idp.oidc.resources import read_resources
from idp.oidc.scopes import asks_in_vain, grant_client_scope
from idp.oidc.sender_constraint import find_confirmation
from idp.oidc.token_grant import TokenGrant
from idp.oidc.token_response import build_token_response
from idp.web.exchange import Exchange

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_REQUIRED = ("iss", "sub", "aud", "exp", "jti")  # RFC 7523 section 3; the jti because each is good once
_CREDENTIALS = ("client_secret", "client_assertion")


class JwtBearerGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]
    """The assertion names its client; authentication beside it is optional (RFC 7521 section 4.1) and has to agree."""

    GRANT_TYPE = JWT_BEARER
    TOKEN_ENDPOINT_AUTH_METHODS = CONFIDENTIAL_METHODS

    def validate_token_request(self) -> None:
        """Check that the assertion is its client's, about the client itself, current, and used for the first time."""
        exchange, assertion = self.request.exchange, self.request.form.get("assertion", "")
        if not assertion:
            raise InvalidRequestError("assertion is missing.")
        issuer = _read_issuer(assertion)
        client = exchange.find_client(issuer)
        if client is None or client.public:
            raise InvalidGrantError("The assertion's issuer is no client that has keys.")
        if self._authenticates() and self.authenticate_token_endpoint_client().client_id != issuer:
            raise InvalidGrantError("The assertion is another client's.")
        if JWT_BEARER not in client.grant_types:
            raise UnauthorizedClientError("This client is not registered for assertions.")
        _verify(exchange, client, assertion)
        self.request.client = RegisteredClient(client)

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Return the token response: like client_credentials, no refresh token."""
        exchange, client = self.request.exchange, self.client.registration
        requested = self.request.payload.scope or ""
        scope = grant_client_scope(client, requested)
        if asks_in_vain(requested, scope):
            raise InvalidScopeError("None of the requested scopes is registered for this client.")
        grant = TokenGrant(
            client=client,
            scope=scope,
            basis=None,
            audience=read_resources(parameters_of(exchange), client),
            confirmation=find_confirmation(exchange, client),
        )
        return 200, build_token_response(exchange, grant), self.TOKEN_RESPONSE_HEADER

    def _authenticates(self) -> bool:
        form = self.request.form
        return "authorization" in self.request.headers or any(name in form for name in _CREDENTIALS)


def _read_issuer(assertion: str) -> str:
    try:
        issuer = read_compact(assertion).decode_claims().get("iss")
    except TokenInvalid as error:
        raise InvalidGrantError("The assertion is not a signed JWT.") from error
    if not isinstance(issuer, str) or not is_client_id(issuer):
        raise InvalidGrantError("The assertion's issuer is no client.")
    return issuer


def _verify(exchange: Exchange, client: ClientRegistration, assertion: str) -> None:
    issuer = exchange.url("")
    try:
        claims = verify_client_jwt(
            exchange,
            client,
            assertion,
            algorithms=ASYMMETRIC_ALGORITHMS,
            audiences=[issuer, exchange.url("/protocol/openid-connect/token")],
            typ="JWT",
            required=_REQUIRED,
        )
        if claims["sub"] != client.client_id:
            raise ClientJwtInvalid("about somebody else")
        verify_unused(exchange, client, claims)
    except ClientJwtInvalid as error:
        raise InvalidGrantError("The assertion is not valid.") from error
