"""The pushed authorization request endpoint (RFC 9126 section 2)."""

from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.clients.registration import ClientRegistration
from idp.oidc.authorization_checks import verify_redirect_uri
from idp.oidc.authorization_request import read_authorization_request, read_return_address
from idp.oidc.client import RegisteredClient
from idp.oidc.client_authentication import ALL_METHODS
from idp.oidc.dpop_code_binding import add_proven_key
from idp.oidc.errors import InvalidRequestObject
from idp.oidc.presented_request import verify_plain_allowed
from idp.oidc.pushed_requests import LIFETIME, store_pushed_request
from idp.oidc.request import ExchangeRequest, parameters_of
from idp.oidc.request_objects import read_request_object
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters

ENDPOINT_NAME = "pushed_authorization_request"
_HEADERS = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]
_OF_THE_CLIENT = {"client_secret", "client_assertion", "client_assertion_type"}


class PushedAuthorization:
    """An endpoint in authlib's shape: the server calls it with a request and sends what it returns."""

    ENDPOINT_NAME = ENDPOINT_NAME

    def __init__(self, server: Any) -> None:
        self._server = server

    def create_endpoint_request(self, request: Exchange) -> ExchangeRequest:
        """Return the exchange as authlib's endpoints get it."""
        return ExchangeRequest(request)

    def __call__(self, request: ExchangeRequest) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Return status, body and headers of the answer; raise an `OAuth2Error`."""
        authenticated: RegisteredClient = self._server.authenticate_client(request, ALL_METHODS)
        exchange, client = request.exchange, authenticated.registration
        parameters = add_proven_key(exchange, client, _read_parameters(exchange, client))
        back = read_return_address(client, parameters, verify_redirect_uri(client, parameters))
        # All that the authorization endpoint will check is checked already here (RFC 9126 section 2.1).
        read_authorization_request(exchange, client, parameters, back)
        reference = store_pushed_request(exchange, client, parameters)
        return 201, {"request_uri": reference, "expires_in": int(LIFETIME.total_seconds())}, _HEADERS


def _read_parameters(exchange: Exchange, client: ClientRegistration) -> Parameters:
    """Return the parameters that count: those sent, or those in the request object (RFC 9126 section 3)."""
    sent = parameters_of(exchange)
    if "request_uri" in sent:
        raise InvalidRequestError("request_uri cannot be pushed.")
    if sent.get("client_id", client.client_id) != client.client_id:
        raise InvalidRequestError("client_id is another client's.")
    if "request" in sent:
        inside = read_request_object(exchange, client, sent["request"]).parameters
        if inside.get("client_id") != client.client_id:
            raise InvalidRequestObject("The request object is another client's.")
        return inside
    verify_plain_allowed(client)
    others = [pair for pair in sent.pairs if pair[0] not in {*_OF_THE_CLIENT, "client_id"}]
    return Parameters([("client_id", client.client_id), *others])
