"""An access token as requests present it (RFC 6750 section 2, RFC 9449 section 7.1), and the answer to one that is no good."""

from dataclasses import dataclass

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6750 import InsufficientScopeError
from starlette.responses import Response

from idp.oidc.dpop import InvalidDpopProof, UseDpopNonce, build_dpop_challenge
from idp.oidc.failures import answer_oauth_error
from idp.oidc.sender_constraint import BEARER, DPOP
from idp.web.exchange import Exchange

_SCHEMES = {BEARER, DPOP}


class TokenMissing(OAuth2Error):  # type: ignore[misc]
    """No token came: the challenge names no error (RFC 6750 section 3.1)."""

    error = "invalid_token"
    status_code = 401


@dataclass(frozen=True)
class ProtectedResource:
    """What challenges say: a name, and the scope that it takes where one does."""

    name: str
    scope: str = ""


def split_authorization(header: str) -> tuple[str, str]:
    """Return scheme, in lower case, and token of the header Authorization; two empty texts for any other scheme."""
    scheme, _, token = header.partition(" ")
    return (scheme.lower(), token.strip()) if scheme.lower() in _SCHEMES else ("", "")


def read_token(exchange: Exchange) -> tuple[str, str]:
    """Return the token and its scheme, in lower case; raise `TokenMissing` or `InvalidRequestError`."""
    scheme, in_header = split_authorization(exchange.headers.get("authorization", ""))
    # Not from the query: addresses end up in logs (RFC 6750 section 2.3, RFC 9700 section 4.3.2).
    in_form = exchange.form.get("access_token", "")
    if in_header and in_form:
        raise InvalidRequestError("More than one access token.")
    if not in_header and not in_form:
        raise TokenMissing()
    return (scheme, in_header) if in_header else (BEARER, in_form)


def challenge(error: OAuth2Error, scheme: str, resource: ProtectedResource) -> Response:
    """Return the answer to *error* with what it takes to get in."""
    response = answer_oauth_error(error)
    if isinstance(error, InvalidDpopProof | UseDpopNonce):
        response.status_code = 401
    told = None if isinstance(error, TokenMissing) else error
    if scheme == DPOP:
        response.headers["WWW-Authenticate"] = build_dpop_challenge(told, realm=resource.name)
    else:
        bearer = _build_bearer_challenge(told, resource)
        response.headers["WWW-Authenticate"] = f"{bearer}, {build_dpop_challenge(realm=resource.name)}"
    return response


def _build_bearer_challenge(error: OAuth2Error | None, resource: ProtectedResource) -> str:
    parts = [f'Bearer realm="{resource.name}"']
    if error is not None:
        parts += [f'error="{error.error}"', f'error_description="{error.description}"']
    if isinstance(error, InsufficientScopeError):
        parts.append(f'scope="{resource.scope}"')
    return ", ".join(parts)
