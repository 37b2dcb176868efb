"""The token endpoint (RFC 6749 section 3.2): dispatches to the grants."""

from authlib.oauth2 import OAuth2Error
from starlette.responses import Response

from idp.oidc.cors import allow_origin_of_client
from idp.oidc.dpop import offer_nonce
from idp.oidc.failures import answer_oauth_error
from idp.oidc.provider import Provider
from idp.oidc.request import parameters_of, verify_no_duplicates
from idp.web.endpoint import Handler
from idp.web.exchange import Exchange


def build_token_handler(provider: Provider) -> Handler:
    """Return the handler of the token endpoint."""

    def token(exchange: Exchange) -> Response:
        # Errors are returned, not raised: what a replay has revoked must not be rolled back.
        try:
            verify_no_duplicates(parameters_of(exchange))
            response = provider.create_token_response(exchange)
        except OAuth2Error as error:
            response = answer_oauth_error(error)
        return allow_origin_of_client(exchange, offer_nonce(exchange, response))

    return token


def build_client_handler(provider: Provider, endpoint: str) -> Handler:
    """Return the handler of an endpoint of authlib's at which a client authenticates."""

    def answer(exchange: Exchange) -> Response:
        try:
            verify_no_duplicates(parameters_of(exchange))
            response = provider.create_endpoint_response(endpoint, exchange)
        except OAuth2Error as error:
            response = answer_oauth_error(error)
        return allow_origin_of_client(exchange, offer_nonce(exchange, response))

    return answer
