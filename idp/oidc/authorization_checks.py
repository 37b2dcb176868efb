"""The checks of an authorization request, in their order. Each raises the error that goes back to the client."""

from collections.abc import Callable

from authlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError

from idp.clients.registration import ClientRegistration
from idp.oidc.dpop_code_binding import verify_code_key_parameter
from idp.oidc.errors import DestinationInvalid
from idp.oidc.pkce import verify_code_challenge
from idp.oidc.redirect_uris import redirect_uri_registered
from idp.oidc.request import verify_no_duplicates
from idp.oidc.response_types import CODE, verify_response_mode, verify_response_type
from idp.oidc.scopes import grant_personal_scope
from idp.oidc.security_profile import verify_registration
from idp.web.exchange import Exchange
from idp.web.parameters import Parameters

Check = Callable[[Parameters, ClientRegistration], None]
_PROMPTS = {"none", "login", "consent", "select_account"}
_MAX_LENGTH = 4096  # of one parameter: what is stored with the flow and comes back in addresses has to stay small
_MAX_AGE_DIGITS = 9  # 31 years


def verify_client(exchange: Exchange, parameters: Parameters) -> ClientRegistration:
    """Return the client of the request; raise `DestinationInvalid` (RFC 6749 section 4.1.2.1, RFC 9700 section 4.11.2)."""
    client_ids = parameters.all("client_id")
    client = exchange.find_client(client_ids[0]) if len(client_ids) == 1 else None
    if client is None:
        raise DestinationInvalid("There is no such client." if client_ids else "client_id is missing.")
    return client


def verify_redirect_uri(client: ClientRegistration, parameters: Parameters) -> str:
    """Return the redirect_uri; until it is known to belong to the client, no error may be redirected.

    Raises `DestinationInvalid` (RFC 6749 section 4.1.2.1, RFC 9700 section 4.1).
    """
    redirect_uris = parameters.all("redirect_uri")
    if len(redirect_uris) != 1:
        raise DestinationInvalid("redirect_uri is required, once.")
    if not redirect_uri_registered(client, redirect_uris[0]):
        raise DestinationInvalid("The redirect_uri is not registered for this client.")
    return redirect_uris[0]


def verify_parameters(parameters: Parameters, client: ClientRegistration) -> None:
    """Run all checks in their order; raise the first one's error."""
    for check in CHECKS:
        check(parameters, client)


def _check_repetition(parameters: Parameters, _client: ClientRegistration) -> None:
    verify_no_duplicates(parameters)


def _check_length(parameters: Parameters, _client: ClientRegistration) -> None:
    if any(len(value) > _MAX_LENGTH for value in parameters.values()):
        raise InvalidRequestError("A parameter is too long.")


def _check_scope(parameters: Parameters, client: ClientRegistration) -> None:
    requested = parameters.get("scope", "")
    if requested and not grant_personal_scope(client, requested):
        raise InvalidScopeError("None of the requested scopes is registered for this client.")


def _check_code_challenge(parameters: Parameters, client: ClientRegistration) -> None:
    if CODE in parameters["response_type"].split():
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


def _check_security_profile(_parameters: Parameters, client: ClientRegistration) -> None:
    verify_registration(client)


CHECKS: tuple[Check, ...] = (
    _check_repetition,
    _check_length,
    verify_response_type,
    verify_response_mode,
    _check_scope,
    _check_code_challenge,
    _check_prompt,
    _check_max_age,
    verify_code_key_parameter,
    _check_security_profile,
)
