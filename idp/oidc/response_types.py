"""What is returned from the authorization endpoint itself (OAuth 2.0 Multiple Response Type Encoding Practices).

Every client gets codes. The types that also give tokens are there for clients that are registered for them.
"""

from collections.abc import Sequence

from authlib.oauth2.rfc6749.errors import InvalidRequestError, UnauthorizedClientError

from idp.clients.metadata.flows import RESPONSE_MODES, RESPONSE_TYPES
from idp.clients.registration import ClientRegistration
from idp.oidc.errors import UnsupportedResponseType
from idp.oidc.scopes import OPENID
from idp.oidc.security_profile import requires_sender_constraint
from idp.web.parameters import Parameters

CODE, ID_TOKEN, TOKEN = "code", "id_token", "token"
_QUERY, _FRAGMENT, _FORM_POST = RESPONSE_MODES
_KNOWN = {frozenset(response_type.split()) for response_type in RESPONSE_TYPES}


def response_mode_of(parameters: Parameters, redirect_uri: str, client: ClientRegistration) -> str:
    """Return how an answer goes back, an error too, even when the parameters are wrong.

    Tokens never come in a query (section 3 of the specification): it ends up in histories and logs. Who names no mode gets the
    default of the response type, or the first of the client's own modes where that is not among them.
    """
    asked = parameters.get("response_mode", "")
    default = _default_mode(parameters)
    for mode in (asked, default, *client.response_modes):
        if mode in RESPONSE_MODES and not _problem_of_mode(mode, default, redirect_uri, client):
            return mode
    return default


def verify_response_type(parameters: Parameters, client: ClientRegistration) -> None:
    """Raise an `OAuth2Error` unless the response type exists and the client is registered for it."""
    text = parameters.get("response_type", "")
    if not text:
        raise InvalidRequestError("response_type is missing.")
    values = text.split()
    if len(values) != len(set(values)) or frozenset(values) not in _KNOWN:
        raise UnsupportedResponseType("There is no such response_type.")
    if set(values) not in [set(registered.split()) for registered in client.response_types]:
        raise UnauthorizedClientError("This client is not registered for the response_type.")
    _verify_parts(values, parameters, client)


def verify_response_mode(parameters: Parameters, client: ClientRegistration) -> None:
    """Raise `InvalidRequestError` unless the response mode exists, is the client's, and fits to type and destination."""
    redirect_uri = parameters["redirect_uri"]
    mode = parameters.get("response_mode", "") or response_mode_of(parameters, redirect_uri, client)
    if mode not in RESPONSE_MODES:
        raise InvalidRequestError("The response_mode must be query, fragment or form_post.")
    if problem := _problem_of_mode(mode, _default_mode(parameters), redirect_uri, client):
        raise InvalidRequestError(problem)


def _default_mode(parameters: Parameters) -> str:
    values = parameters.get("response_type", "").split()
    return _FRAGMENT if {ID_TOKEN, TOKEN}.intersection(values) else _QUERY


def _verify_parts(values: Sequence[str], parameters: Parameters, client: ClientRegistration) -> None:
    if CODE in values and "authorization_code" not in client.grant_types:
        raise UnauthorizedClientError("This client is not registered for authorization codes.")
    if TOKEN in values and (requires_sender_constraint(client) or client.certificate_bound_access_tokens):
        raise UnauthorizedClientError("Tokens of this client are bound to a key, which a browser cannot show.")
    if ID_TOKEN not in values:
        return
    if "nonce" not in parameters:  # OpenID Connect Core sections 3.2.2.1 and 3.3.2.11
        raise InvalidRequestError("This response_type needs a nonce.")
    if OPENID not in parameters.get("scope", "").split():
        raise InvalidRequestError("This response_type needs the scope openid.")


def _problem_of_mode(mode: str, default: str, redirect_uri: str, client: ClientRegistration) -> str:
    if client.response_modes and mode not in client.response_modes:
        return "This client is not registered for the response_mode."
    if mode == _QUERY and default == _FRAGMENT:
        return "Tokens are not returned in a query."
    # Browsers do not post forms to an application's own scheme, and must not be told to run javascript: ones.
    if mode == _FORM_POST and not redirect_uri.startswith(("https://", "http://")):
        return "form_post needs an http or https redirect_uri."
    return ""
