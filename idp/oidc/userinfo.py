"""The UserInfo endpoint (OpenID Connect Core section 5.3), with tokens as RFC 6750 or RFC 9449 section 7 has them."""

import base64
import binascii
import json

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6750 import InsufficientScopeError, InvalidTokenError
from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.keys.tokens import TokenInvalid
from idp.oidc import mapped_claims
from idp.oidc.access_tokens import FAMILY_CLAIM, verify_access_token
from idp.oidc.claims_request import USERINFO, claims_asked_for
from idp.oidc.cors import allow_origin
from idp.oidc.dpop import offer_nonce
from idp.oidc.mapped_claims import add_mapped_claims
from idp.oidc.permitted_scopes import keep_permitted_claims
from idp.oidc.person_claims import build_person_claims, build_single_claims
from idp.oidc.presented_token import ProtectedResource, challenge, read_token
from idp.oidc.scopes import OPENID
from idp.oidc.sender_constraint import verify_confirmation
from idp.oidc.token_families import find_person_of_live_family
from idp.oidc.userinfo_response import build_userinfo_response
from idp.web.exchange import Exchange

_RESOURCE = ProtectedResource("userinfo", scope=OPENID)
_MAX_PAYLOAD = 8192


def userinfo(exchange: Exchange) -> Response:
    """Answer with the claims that the access token's scope is for."""
    scheme = token = ""
    try:
        scheme, token = read_token(exchange)
        response = _answer(exchange, scheme, token)
    except OAuth2Error as error:
        response = challenge(error, scheme, _RESOURCE)
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
    asked = keep_permitted_claims(exchange, person.id, claims_asked_for(client, person.requested_claims, USERINFO))
    answer = build_person_claims(person, scope) | build_single_claims(person, asked) | {"sub": claims["sub"]}
    add_mapped_claims(exchange, client, person.id, mapped_claims.USERINFO, answer, scope=scope)
    return build_userinfo_response(exchange, client, answer)


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
