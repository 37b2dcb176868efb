"""Access tokens: JWTs (RFC 9068), or opaque values for clients that are registered so."""

import hashlib
import json
import re
import secrets
from typing import Any

from idp.clients.registration import ClientRegistration
from idp.keys.compact import read_compact
from idp.keys.tokens import ACCESS_TOKEN, TokenInvalid, audiences_of, sign_jwt, verify_jwt
from idp.oidc import mapped_claims
from idp.oidc.mapped_claims import add_mapped_claims
from idp.oidc.scopes import OPENID
from idp.oidc.subjects import subject_of
from idp.oidc.token_basis import TokenBasis, timestamp
from idp.oidc.token_grant import TokenGrant
from idp.web.exchange import Exchange
from idp.web.services import Services

FAMILY_CLAIM = "fid"
"""Private claim: the token family, which is looked up where the token comes back to us."""

ACTOR_CLAIM = "act"
"""Who acts for the person (RFC 8693 section 4.1): an application that exchanged a token, or who is signed in as the person."""

REVOKED_KIND = "revoked-token"
OPAQUE = "opaque"
_OPAQUE_KIND = "access-token"
NEVER = 1 << 62
_OPAQUE_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


def issue_access_token(exchange: Exchange, grant: TokenGrant) -> str:
    """Return an access token for what was granted."""
    client, claims = grant.client, build_access_token_claims(exchange, grant)
    if client.access_token_format == OPAQUE:
        return _store_opaque(exchange, client, claims)
    keyring = exchange.services.keyrings.get(exchange.realm.id)
    return sign_jwt(keyring, client.access_token_alg, ACCESS_TOKEN, claims)


def build_access_token_claims(exchange: Exchange, grant: TokenGrant) -> dict[str, Any]:
    """Return what the access token says (RFC 9068 section 2.2)."""
    now, client, basis = timestamp(exchange.services.clock.now()), grant.client, grant.basis
    claims: dict[str, Any] = {
        "iss": exchange.url(""),
        "sub": client.client_id if basis is None else subject_of(exchange.services, client, basis.user_id),
        "aud": _audience(exchange, grant),
        "client_id": client.client_id,
        "iat": now,
        "exp": min(now + access_token_seconds(exchange, client), grant.ends_by or NEVER),
        "jti": secrets.token_urlsafe(16),
        "scope": grant.scope,
    }
    if basis is not None:
        claims |= _build_person_part(basis)
    if grant.confirmation:
        claims["cnf"] = grant.confirmation
    if grant.acting:
        claims[ACTOR_CLAIM] = grant.acting
    user_id = None if basis is None else basis.user_id
    add_mapped_claims(exchange, client, user_id, mapped_claims.ACCESS_TOKEN, claims, scope=grant.scope)
    return claims


def verify_access_token(exchange: Exchange, token: str, *, audience: str | None = None) -> dict[str, Any]:
    """Return the claims of an access token of this realm that is for *audience*; raise `TokenInvalid`.

    Whether its family was revoked, its session ended, or it is bound to a key is another question.
    """
    claims = _find_opaque(exchange, token) if _OPAQUE_FORM.fullmatch(token) else _verify_jwt(exchange, token)
    if audience is not None and audience not in audiences_of(claims):
        raise TokenInvalid("another audience")
    if exchange.find_client(claims["client_id"]) is None:
        raise TokenInvalid("the client is gone or disabled")
    if ACTOR_CLAIM in claims and exchange.services.ephemeral.get(REVOKED_KIND, claims["jti"]) is not None:
        raise TokenInvalid("revoked")
    return claims


def find_issuer(services: Services, token: str) -> str | None:
    """Return the issuer that *token* names; whether it is genuine is `verify_access_token`'s to say."""
    if _OPAQUE_FORM.fullmatch(token):
        text = services.ephemeral.get(_OPAQUE_KIND, _digest(token))
        issuer = json.loads(text)["iss"] if text else None
    else:
        try:
            issuer = read_compact(token).decode_claims().get("iss")
        except TokenInvalid:
            return None
    return issuer if isinstance(issuer, str) else None


def access_token_seconds(exchange: Exchange, client: ClientRegistration) -> int:
    """Return how long access tokens of the client are valid, in seconds."""
    lifetime = client.access_token_lifetime or exchange.realm.access_token_lifetime
    return int(lifetime.total_seconds())


def _audience(exchange: Exchange, grant: TokenGrant) -> str | list[str]:
    """Return the resources that were asked for; the issuer, which is the default resource, where it has a part in it."""
    issuer = exchange.url("")
    if not grant.audience:
        return issuer
    own = [issuer] if OPENID in grant.scopes and issuer not in grant.audience else []
    audience = [*grant.audience, *own]
    return audience if len(audience) > 1 else audience[0]


def _verify_jwt(exchange: Exchange, token: str) -> dict[str, Any]:
    return verify_jwt(
        exchange.services.keyrings.get(exchange.realm.id),
        token,
        ACCESS_TOKEN,
        clock=exchange.services.clock,
        issuer=exchange.url(""),
    )


def _store_opaque(exchange: Exchange, client: ClientRegistration, claims: dict[str, Any]) -> str:
    value = secrets.token_urlsafe(32)
    lifetime = client.access_token_lifetime or exchange.realm.access_token_lifetime
    exchange.services.ephemeral.put(_OPAQUE_KIND, _digest(value), json.dumps(claims, separators=(",", ":")), lifetime)
    return value


def _find_opaque(exchange: Exchange, token: str) -> dict[str, Any]:
    text = exchange.services.ephemeral.get(_OPAQUE_KIND, _digest(token))
    claims: dict[str, Any] = json.loads(text) if text else {}
    if claims.get("iss") != exchange.url(""):
        raise TokenInvalid("no such opaque token of this realm")
    if timestamp(exchange.services.clock.now()) >= claims["exp"]:  # an exchanged token ends with the one it came from
        raise TokenInvalid("expired")
    return claims


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _build_person_part(basis: TokenBasis) -> dict[str, Any]:
    return {
        "sid": basis.session_id,
        "auth_time": basis.auth_time,
        "acr": basis.acr,
        "amr": list(basis.amr),
        FAMILY_CLAIM: basis.family_id,
    }
