"""Request objects: the parameters of an authorization request in a JWT (RFC 9101, OpenID Connect Core section 6)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core.errors import RequestNotSupportedError

from idp.clients.registration import ClientRegistration
from idp.keys.compact import TokenInvalid, read_compact, read_unsecured
from idp.keys.public_keys import ASYMMETRIC_ALGORITHMS
from idp.oidc.client_jwt import SYMMETRIC_ALGORITHMS, ClientJwtInvalid, verify_client_jwt, verify_parties, verify_times
from idp.oidc.errors import InvalidRequestObject
from idp.oidc.security_profile import profile_of
from idp.web.exchange import Exchange
from idp.web.parameters import MAX_PARAMETERS, Parameters

ANY_ALGORITHMS = ASYMMETRIC_ALGORITHMS
REGISTERED_ALGORITHMS = (*SYMMETRIC_ALGORITHMS, "none")
"""Only for clients that are registered for them: a secret has two owners, and what is not signed could be anybody's."""

_UNSIGNED = REGISTERED_ALGORITHMS[-1]
_TYP = "oauth-authz-req+jwt"
_OF_THE_JWT = {"iss", "aud", "exp", "nbf", "iat", "jti", "sub"}


@dataclass(frozen=True)
class RequestObject:
    """Its parameters; `explicit` where the JWT's type says that it is a request object of RFC 9101."""

    parameters: Parameters
    explicit: bool


def read_request_object(exchange: Exchange, client: ClientRegistration, token: str) -> RequestObject:
    """Return what the request object *token* asks for.

    Raises `InvalidRequestObject` unless it is the client's, and for now; `RequestNotSupportedError` for an unsigned one of a
    client that has registered nothing about request objects.
    """
    try:
        typ, claims = _verify(exchange, client, token)
    except (ClientJwtInvalid, TokenInvalid) as error:
        text = "The request object is malformed, out of its time, or not signed as the client is registered for."
        raise InvalidRequestObject(text) from error
    # A client's assertion, made to authenticate with (RFC 9101 section 10.8), or something else.
    if claims.get("sub") == client.client_id:
        raise InvalidRequestObject("The JWT is not a request object.")
    pairs = [pair for name, value in claims.items() if name not in _OF_THE_JWT for pair in _read_parameter(name, value)]
    if len(pairs) > MAX_PARAMETERS:
        raise InvalidRequestObject("The request object has too many parameters.")
    return RequestObject(Parameters(pairs), explicit=typ.endswith(_TYP))


def _verify(exchange: Exchange, client: ClientRegistration, token: str) -> tuple[str, dict[str, Any]]:
    """Return type and claims; raise `ClientJwtInvalid` or `TokenInvalid`."""
    issuer = exchange.url("")
    if client.request_object_signing_alg == _UNSIGNED and not client.require_signed_request_object:
        claims = read_unsecured(token)
        verify_parties(claims, client, (issuer,), ())
        verify_times(claims, exchange.services.clock.now().timestamp(), None)
        return "", claims
    if token.endswith(".") and not client.request_object_signing_alg and not client.require_signed_request_object:
        raise RequestNotSupportedError("Unsigned request objects are for clients that are registered for them.")
    claims = verify_client_jwt(
        exchange, client, token, algorithms=_algorithms(client), audiences=(issuer,), typ=_TYP, max_lifetime=None
    )
    return str(read_compact(token).header.get("typ", "")).lower(), claims


def _algorithms(client: ClientRegistration) -> set[str]:
    registered = client.request_object_signing_alg
    known = {registered} if registered else set(ANY_ALGORITHMS)
    allowed = profile_of(client).algorithms
    return {name for name in known if name != _UNSIGNED and (allowed is None or name in allowed)}


def _read_parameter(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield the parameter as it would stand in an address (RFC 9101 section 4)."""
    if name in {"request", "request_uri"}:
        raise InvalidRequestObject("A request object cannot hold another one.")
    for item in value if name == "resource" and isinstance(value, list) else [value]:
        text = _read_value(name, item)
        if not _is_storable(name + text):
            raise InvalidRequestObject("A parameter holds what is no text.")
        if text:
            yield name, text


def _read_value(name: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    if name == "claims" and isinstance(value, dict):
        return json.dumps(value, separators=(",", ":"))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise InvalidRequestObject("A parameter has the wrong type.")


def _is_storable(text: str) -> bool:
    """Tell whether *text* has neither a NUL nor half a character, as `parse_parameters` sees to it elsewhere."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
