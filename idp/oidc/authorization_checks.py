"""The checks of an authorization request, in their order. Each raises the error that goes back to the client."""

from collections.abc import Callable

from authlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError, UnauthorizedClientError
from authlib.oidc.core.errors import RequestNotSupportedError, RequestURINotSupportedError

from idp.clients.registration import ClientRegistration
from idp.oidc.authorization_request import RESPONSE_MODES
from idp.oidc.errors import DestinationInvalid, UnsupportedResponseType
from idp.oidc.pkce import verify_code_challenge
from idp.oidc.redirect_uris import redirect_uri_registered
from idp.oidc.request import verify_no_duplicates
from idp.oidc.scopes import grant_personal_scope
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters

Check = Callable[[Parameters, ClientRegistration], None]
_PROMPTS = {"none", "login", "consent", "select_account"}
_MAX_LENGTH = 4096  # of one parameter: what is stored with the flow and comes back in addresses has to stay small
_MAX_AGE_DIGITS = 9  # 31 years


def verify_destination(exchange: Exchange, parameters: Parameters) -> tuple[ClientRegistration, str]:
    """Return client and redirect_uri; until they are known to belong together, no error may be redirected.

    Raises `DestinationInvalid` (RFC 6749 section 4.1.2.1, RFC 9700 section 4.11.2).
    """
    client_ids, redirect_uris = parameters.all("client_id"), parameters.all("redirect_uri")
    if len(client_ids) != 1 or len(redirect_uris) != 1:
        raise DestinationInvalid("client_id and redirect_uri are required, once each.")
    client = exchange.find_client(client_ids[0])
    if client is None:
        raise DestinationInvalid("There is no such client.")
    if not redirect_uri_registered(client, redirect_uris[0]):
        raise DestinationInvalid("The redirect_uri is not registered for this client.")
    return client, redirect_uris[0]


def verify_parameters(parameters: Parameters, client: ClientRegistration) -> None:
    """Run all checks in their order; raise the first one's error."""
    for check in CHECKS:
        check(parameters, client)


def _check_repetition(parameters: Parameters, _client: ClientRegistration) -> None:
    verify_no_duplicates(parameters)


def _check_length(parameters: Parameters, _client: ClientRegistration) -> None:
    if any(len(value) > _MAX_LENGTH for value in parameters.values()):
        raise InvalidRequestError("A parameter is too long.")


def _check_request_objects(parameters: Parameters, _client: ClientRegistration) -> None:
    if "request" in parameters:
        raise RequestNotSupportedError("Request objects are not supported.")
    if "request_uri" in parameters:
        raise RequestURINotSupportedError("Request objects by reference are not supported.")


def _check_response_type(parameters: Parameters, _client: ClientRegistration) -> None:
    response_type = parameters.get("response_type", "")
    if not response_type:
        raise InvalidRequestError("response_type is missing.")
    if response_type != "code":
        raise UnsupportedResponseType("The only response_type is code.")


def _check_grant(_parameters: Parameters, client: ClientRegistration) -> None:
    if "authorization_code" not in client.grant_types:
        raise UnauthorizedClientError("This client is not registered for authorization codes.")


def _check_response_mode(parameters: Parameters, _client: ClientRegistration) -> None:
    mode = parameters.get("response_mode", "query")
    if mode not in RESPONSE_MODES:
        raise InvalidRequestError("The response_mode must be query, fragment or form_post.")
    if mode == "form_post" and not parameters["redirect_uri"].startswith(("https://", "http://")):
        raise InvalidRequestError("form_post needs an http or https redirect_uri.")


def _check_scope(parameters: Parameters, client: ClientRegistration) -> None:
    requested = parameters.get("scope", "")
    if requested and not grant_personal_scope(client, requested):
        raise InvalidScopeError("None of the requested scopes is registered for this client.")


def _check_code_challenge(parameters: Parameters, client: ClientRegistration) -> None:
    verify_code_challenge(parameters, client)


def _check_prompt(parameters: Parameters, _client: ClientRegistration) -> None:
    prompts = parameters.get("prompt", "").split()
    if not _PROMPTS.issuperset(prompts):
        raise InvalidRequestError("prompt has an unknown value.")
    if "none" in prompts and len(prompts) > 1:
        raise InvalidRequestError("prompt=none goes with no other value.")


def _check_max_age(parameters: Parameters, _client: ClientRegistration) -> None:
    max_age = parameters.get("max_age", "0")
    if not (max_age.isascii() and max_age.isdigit() and len(max_age) <= _MAX_AGE_DIGITS):
        raise InvalidRequestError("max_age is not a number of seconds.")


CHECKS: tuple[Check, ...] = (
    _check_repetition,
    _check_length,
    _check_request_objects,
    _check_response_type,
    _check_grant,
    _check_response_mode,
    _check_scope,
    _check_code_challenge,
    _check_prompt,
    _check_max_age,
)
