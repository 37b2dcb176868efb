"""The UserInfo endpoint (OpenID Connect Core section 5.3), with tokens as RFC 6750 or RFC 9449 section 7 has them."""

import base64
import binascii
import json

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.keys.tokens import TokenInvalid
from idp.oidc import mapped_claims
from idp.oidc.access_tokens import FAMILY_CLAIM, verify_access_token
from idp.oidc.claims_request import USERINFO, claims_asked_for
from idp.oidc.cors import allow_origin
from idp.oidc.dpop import InvalidDpopProof, UseDpopNonce, build_dpop_challenge, offer_nonce
from idp.oidc.failures import answer_oauth_error
from idp.oidc.mapped_claims import add_mapped_claims
from idp.oidc.person_claims import build_person_claims, build_single_claims
from idp.oidc.scopes import OPENID
from idp.oidc.sender_constraint import BEARER, DPOP, verify_confirmation
from idp.oidc.token_families import find_person_of_live_family
from idp.oidc.userinfo_response import build_userinfo_response
from idp.web.exchange import Exchange

_SCHEMES = {BEARER, DPOP}
_MAX_PAYLOAD = 8192


class TokenMissing(OAuth2Error):  # type: ignore[misc]
    """No token came: the challenge names no error (RFC 6750 section 3.1)."""

    error = "invalid_token"
    status_code = 401


def userinfo(exchange: Exchange) -> Response:
    """Answer with the claims that the access token's scope is for."""
    scheme = token = ""
    try:
        scheme, token = _read_token(exchange)
        response = _answer(exchange, scheme, token)
    except OAuth2Error as error:
        response = _challenge(error, scheme)
    return allow_origin(exchange, offer_nonce(exchange, response), _client_of(exchange, token))


def _answer(exchange: Exchange, scheme: str, token: str) -> Response:
    try:
        claims = verify_access_token(exchange, token, audience=exchange.url(""))
    except TokenInvalid as error:
        raise InvalidTokenError() from error
    verify_confirmation(exchange, claims, token, scheme)
    scope = claims["scope"]
    if OPENID not in scope.split() or FAMILY_CLAIM not in claims:
        raise InsufficientScopeError()
    person = find_person_of_live_family(exchange.transaction, claims[FAMILY_CLAIM], exchange.services.clock.now())
    if person is None:
        raise InvalidTokenError()
    client = exchange.find_client(claims["client_id"])
    if client is None:
        raise InvalidTokenError()
    asked = claims_asked_for(client, person.requested_claims, USERINFO)
    answer = build_person_claims(person, scope) | build_single_claims(person, asked) | {"sub": claims["sub"]}
    add_mapped_claims(exchange, client, person.id, mapped_claims.USERINFO, answer)
    return build_userinfo_response(exchange, client, answer)


def _read_token(exchange: Exchange) -> tuple[str, str]:
    """Return the token and its scheme, in lower case."""
    scheme, _, in_header = exchange.headers.get("authorization", "").partition(" ")
    scheme = scheme.lower()
    in_header = in_header.strip() if scheme in _SCHEMES else ""
    # Not from the query: addresses end up in logs (RFC 6750 section 2.3, RFC 9700 section 4.3.2).
    in_form = exchange.form.get("access_token", "")
    if in_header and in_form:
        raise InvalidRequestError("More than one access token.")
    if not in_header and not in_form:
        raise TokenMissing()
    return (scheme, in_header) if in_header else (BEARER, in_form)


def _challenge(error: OAuth2Error, scheme: str) -> Response:
    response = answer_oauth_error(error)
    if isinstance(error, InvalidDpopProof | UseDpopNonce):
        response.status_code = 401
    told = None if isinstance(error, TokenMissing) else error
    if scheme == DPOP:
        response.headers["WWW-Authenticate"] = build_dpop_challenge(told)
    else:
        response.headers["WWW-Authenticate"] = f"{_build_bearer_challenge(told)}, {build_dpop_challenge()}"
    return response


def _build_bearer_challenge(error: OAuth2Error | None) -> str:
    parts = ['Bearer realm="userinfo"']
    if error is not None:
        parts += [f'error="{error.error}"', f'error_description="{error.description}"']
    if isinstance(error, InsufficientScopeError):
        parts.append(f'scope="{OPENID}"')
    return ", ".join(parts)


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
