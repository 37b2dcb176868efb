"""The UserInfo endpoint (OpenID Connect Core section 5.3), with bearer tokens as RFC 6750 has them."""

import base64
import binascii
import json

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.keys.tokens import TokenInvalid
from idp.oidc.access_tokens import FAMILY_CLAIM, verify_access_token
from idp.oidc.cors import allow_origin
from idp.oidc.failures import answer_oauth_error
from idp.oidc.person_claims import build_person_claims
from idp.oidc.scopes import OPENID
from idp.oidc.token_families import find_person_of_live_family
from idp.web.exchange import Exchange

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_MAX_PAYLOAD = 8192


class TokenMissing(OAuth2Error):  # type: ignore[misc]
    """No token came: the challenge names no error (RFC 6750 section 3.1)."""

    error = "invalid_token"
    status_code = 401


def userinfo(exchange: Exchange) -> Response:
    """Answer with the claims that the access token's scope is for."""
    token = ""
    try:
        token = _read_bearer_token(exchange)
        response = _answer(exchange, token)
    except OAuth2Error as error:
        response = _challenge(error)
    return allow_origin(exchange, response, _client_of(exchange, token))


def _answer(exchange: Exchange, token: str) -> Response:
    try:
        claims = verify_access_token(exchange, token, audience=exchange.url(""))
    except TokenInvalid as error:
        raise InvalidTokenError() from error
    scope = claims["scope"]
    if OPENID not in scope.split() or FAMILY_CLAIM not in claims:
        raise InsufficientScopeError()
    person = find_person_of_live_family(exchange.transaction, claims[FAMILY_CLAIM], exchange.services.clock.now())
    if person is None:
        raise InvalidTokenError()
    content = json.dumps(build_person_claims(person, scope), separators=(",", ":"))
    return Response(content, media_type="application/json", headers=_NO_STORE)


def _read_bearer_token(exchange: Exchange) -> str:
    scheme, _, in_header = exchange.headers.get("authorization", "").partition(" ")
    in_header = in_header.strip() if scheme.lower() == "bearer" else ""
    # Not from the query: addresses end up in logs (RFC 6750 section 2.3, RFC 9700 section 4.3.2).
    in_form = exchange.form.get("access_token", "")
    if in_header and in_form:
        raise InvalidRequestError("More than one access token.")
    if not in_header and not in_form:
        raise TokenMissing()
    return in_header or in_form


def _challenge(error: OAuth2Error) -> Response:
    response = answer_oauth_error(error)
    parts = ['Bearer realm="userinfo"']
    if not isinstance(error, TokenMissing):
        parts += [f'error="{error.error}"', f'error_description="{error.description}"']
    if isinstance(error, InsufficientScopeError):
        parts.append(f'scope="{OPENID}"')
    response.headers["WWW-Authenticate"] = ", ".join(parts)
    return response


def _client_of(exchange: Exchange, token: str) -> ClientRegistration | None:
    """Return the client that the token names, verified or not: its pages may read that the token has expired."""
    if "origin" not in exchange.headers:
        return None
    try:
        payload = token.split(".")[1][:_MAX_PAYLOAD]
        client_id = json.loads(base64.urlsafe_b64decode(payload + "=="))["client_id"]
        return exchange.find_client(client_id) if isinstance(client_id, str) else None
    except (IndexError, KeyError, TypeError, ValueError, RecursionError, binascii.Error):
        return None
