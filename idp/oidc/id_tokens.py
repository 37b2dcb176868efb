"""ID Tokens (OpenID Connect Core section 2)."""

from typing import Any

from authlib.oidc.core.util import create_half_hash

from idp.keys.tokens import ID_TOKEN, TokenInvalid, sign_jwt, verify_jwt
from idp.oidc import mapped_claims
from idp.oidc.access_tokens import ACTOR_CLAIM, NEVER, access_token_seconds
from idp.oidc.mapped_claims import add_mapped_claims
from idp.oidc.person_claims import build_certificate_claims
from idp.oidc.scopes import X509
from idp.oidc.single_claims import find_single_claims
from idp.oidc.subjects import subject_of
from idp.oidc.token_basis import timestamp
from idp.oidc.token_grant import TokenGrant
from idp.web.exchange import Exchange


def issue_id_token(exchange: Exchange, grant: TokenGrant, *, access_token: str = "", code: str = "") -> str:
    """Return a signed ID Token beside *access_token* or *code*, whose hashes it holds; raise `ValueError` without a person."""
    client = grant.client
    claims = build_id_token_claims(exchange, grant)
    for name, value in (("at_hash", access_token), ("c_hash", code)):
        if value:
            claims[name] = create_half_hash(value, client.id_token_alg).decode()
    return sign_jwt(exchange.services.keyrings.get(exchange.realm.id), client.id_token_alg, ID_TOKEN, claims)


def build_id_token_claims(exchange: Exchange, grant: TokenGrant) -> dict[str, Any]:
    """Return what the ID Token says, the hashes of its companions excepted; raise `ValueError` without a person."""
    client, basis = grant.client, grant.basis
    if basis is None:
        raise ValueError("an ID Token is about a person")
    now = timestamp(exchange.services.clock.now())
    claims: dict[str, Any] = {
        "iss": exchange.url(""),
        "sub": subject_of(exchange.services, client, basis.user_id),
        "aud": client.client_id,
        "iat": now,
        "exp": min(now + access_token_seconds(exchange, client), grant.ends_by or NEVER),
        "auth_time": basis.auth_time,
        "acr": basis.acr,
        "amr": list(basis.amr),
        "sid": basis.session_id,
    }
    if basis.actor:
        claims[ACTOR_CLAIM] = basis.actor
    if grant.nonce:
        claims["nonce"] = grant.nonce
    if X509 in grant.scopes:
        claims |= build_certificate_claims(basis.certificate_claims)
    claims |= find_single_claims(exchange, grant)
    add_mapped_claims(exchange, client, basis.user_id, mapped_claims.ID_TOKEN, claims, scope=grant.scope)
    return claims


def verify_id_token_hint(exchange: Exchange, token: str) -> dict[str, Any]:
    """Return the claims of an ID Token of this realm, expired or not; raise `TokenInvalid`."""
    claims = verify_jwt(
        exchange.services.keyrings.get(exchange.realm.id),
        token,
        ID_TOKEN,
        clock=exchange.services.clock,
        issuer=exchange.url(""),
        expired_ok=True,
    )
    if "exp" not in claims:
        raise TokenInvalid("a signed UserInfo response")
    return claims
