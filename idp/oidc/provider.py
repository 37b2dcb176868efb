"""authlib's authorization server, told how our requests, clients and responses look."""

import json
import logging
from collections.abc import Collection
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from starlette.responses import Response

from idp.oidc.client import RegisteredClient
from idp.oidc.client_authentication import authenticate_client
from idp.oidc.device.authorization import DeviceAuthorization
from idp.oidc.grants.authorization_code import CodeGrant
from idp.oidc.grants.client_credentials import ClientGrant
from idp.oidc.grants.device_code import DeviceCodeGrant
from idp.oidc.grants.jwt_bearer import JwtBearerGrant
from idp.oidc.grants.password import PasswordGrant
from idp.oidc.grants.refresh_token import RefreshGrant
from idp.oidc.grants.token_exchange import TokenExchangeGrant
from idp.oidc.guess_brake import GuessBrake
from idp.oidc.introspection import Introspection
from idp.oidc.pkce import ProofKey
from idp.oidc.pushed_authorization import PushedAuthorization
from idp.oidc.request import ExchangeRequest
from idp.oidc.revocation import Revocation
from idp.oidc.security_profile import verify_registration
from idp.web.exchange import Exchange


class Provider(AuthorizationServer):  # type: ignore[misc]
    """One for all realms and requests: what belongs to a request is reached through the request."""

    def __init__(self) -> None:
        super().__init__()
        self._brake = GuessBrake()

    def create_oauth2_request(self, request: Exchange) -> ExchangeRequest:
        """Return the exchange as a request."""
        return ExchangeRequest(request)

    def get_token_grant(self, request: ExchangeRequest) -> Any:
        """Return the grant that the request names; raise `UnsupportedGrantTypeError` or `InvalidRequestError`."""
        if not request.payload.grant_type:
            raise InvalidRequestError("grant_type is missing.")
        return super().get_token_grant(request)

    def authenticate_client(self, request: ExchangeRequest, methods: Collection[str], *_: Any) -> RegisteredClient:
        """Return the client that sent the request; raise `ClientRefused`."""
        client = authenticate_client(request.exchange, self._brake, methods)
        verify_registration(client.registration)
        return client

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        """Return the response."""
        content = json.dumps(body, separators=(",", ":")).encode()
        return Response(content, status_code=status, headers=dict(headers))

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Ignore authlib's signals: nobody listens."""


def build_provider() -> Provider:
    """Return the provider with its grants and endpoints."""
    logging.getLogger("authlib").setLevel(logging.INFO)  # at DEBUG it logs whole tokens
    provider = Provider()
    provider.register_grant(CodeGrant, [ProofKey()])
    provider.register_grant(RefreshGrant)
    provider.register_grant(ClientGrant)
    provider.register_grant(DeviceCodeGrant)
    provider.register_grant(PasswordGrant)
    provider.register_grant(TokenExchangeGrant)
    provider.register_grant(JwtBearerGrant)
    provider.register_endpoint(DeviceAuthorization)
    provider.register_endpoint(Introspection)
    provider.register_endpoint(PushedAuthorization)
    provider.register_endpoint(Revocation)
    return provider
