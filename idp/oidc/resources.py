"""Resource indicators (RFC 8707): for which resource servers an access token is asked."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from authlib.oauth2 import OAuth2Error

from idp.clients.registration import ClientRegistration
from idp.web.parameters import Parameters

_MOST = 8  # a token that is good everywhere is what the parameter is there to avoid


class InvalidTarget(OAuth2Error):  # type: ignore[misc]
    """A resource is malformed, or not one that this client, or this authorization, may have (RFC 8707 section 2)."""

    error = "invalid_target"
    description = "The resource is unknown, malformed, or not allowed for this client."


def read_resources(
    parameters: Parameters, client: ClientRegistration, *, authorized: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the resources of a request, each once; raise `InvalidTarget`.

    *authorized* are those of the authorization that the token stems from: a request may name fewer, and without any
    gets them all (RFC 8707 section 2.2).
    """
    requested = tuple(dict.fromkeys(value for value in parameters.all("resource") if value))
    if len(requested) > _MOST or not all(map(_is_resource, requested)):
        raise InvalidTarget()
    if not requested:
        return tuple(authorized)
    if not set(authorized or client.resources).issuperset(requested):
        raise InvalidTarget()
    return requested


def _is_resource(uri: str) -> bool:
    """Tell whether *uri* is absolute and has no fragment."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return bool(parts.scheme and (parts.netloc or parts.path) and "#" not in uri)
