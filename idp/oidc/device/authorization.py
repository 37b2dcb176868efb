"""The device authorization endpoint (RFC 8628 section 3.1)."""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidScopeError, UnauthorizedClientError

from idp.oidc.client import RegisteredClient
from idp.oidc.client_authentication import ALL_METHODS
from idp.oidc.device.codes import INTERVAL, LIFETIME, display_user_code, issue_device_code
from idp.oidc.request import ExchangeRequest, parameters_of
from idp.oidc.resources import read_resources
from idp.oidc.scopes import grant_personal_scope
from idp.web.exchange import Exchange

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
VERIFICATION_PATH = "/device"
_HEADERS = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]


class DeviceAuthorization:
    """An endpoint in authlib's shape: the server calls it with a request and sends what it returns."""

    ENDPOINT_NAME = "device_authorization"

    def __init__(self, server: Any) -> None:
        self._server = server

    def create_endpoint_request(self, request: Exchange) -> ExchangeRequest:
        """Return the exchange as authlib's endpoints get it."""
        return ExchangeRequest(request)

    def __call__(self, request: ExchangeRequest) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Return status, body and headers of the answer; raise an `OAuth2Error`."""
        client: RegisteredClient = self._server.authenticate_client(request, ALL_METHODS)
        if not client.check_grant_type(DEVICE_GRANT):
            raise UnauthorizedClientError("This client is not registered for the device grant.")
        return 200, _begin(request.exchange, client), _HEADERS


def _begin(exchange: Exchange, client: RegisteredClient) -> dict[str, Any]:
    parameters, registration = parameters_of(exchange), client.registration
    requested = parameters.get("scope", "")
    scope = grant_personal_scope(registration, requested)
    if requested and not scope:
        raise InvalidScopeError("None of the requested scopes is registered for this client.")
    code, value = issue_device_code(
        exchange, registration, scope=scope, resources=read_resources(parameters, registration)
    )
    shown = display_user_code(code.user_code)
    return {
        "device_code": value,
        "user_code": shown,
        "verification_uri": exchange.url(VERIFICATION_PATH),
        "verification_uri_complete": exchange.url(f"{VERIFICATION_PATH}?user_code={shown}"),
        "expires_in": int(LIFETIME.total_seconds()),
        "interval": int(INTERVAL.total_seconds()),
    }
