"""Access tokens as JWTs (RFC 9068)."""

import secrets
from typing import Any

from idp.clients.registration import ClientRegistration
from idp.keys.tokens import ACCESS_TOKEN, TokenInvalid, sign_jwt, verify_jwt
from idp.oidc.token_basis import TokenBasis, timestamp
from idp.web.exchange import Exchange

FAMILY_CLAIM = "fid"
"""Private claim: the token family, which is looked up where the token comes back to us."""


def issue_access_token(exchange: Exchange, client: ClientRegistration, scope: str, basis: TokenBasis | None) -> str:
    """Return a signed access token for a person's *basis*, or for the client itself.

    The audience is the realm's issuer: the default resource of RFC 9068 section 3.
    """
    now = timestamp(exchange.services.clock.now())
    issuer = exchange.url("")
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": client.client_id if basis is None else basis.user_id,
        "aud": issuer,
        "client_id": client.client_id,
        "iat": now,
        "exp": now + access_token_seconds(exchange),
        "jti": secrets.token_urlsafe(16),
        "scope": scope,
    }
    if basis is not None:
        claims |= _build_person_part(basis)
    keyring = exchange.services.keyrings.get(exchange.realm.id)
    return sign_jwt(keyring, client.access_token_alg, ACCESS_TOKEN, claims)


def verify_access_token(exchange: Exchange, token: str) -> dict[str, Any]:
    """Return the claims of an access token of this realm; raise `TokenInvalid`.

    Whether it was revoked, or its session ended, is another question.
    """
    issuer = exchange.url("")
    claims = verify_jwt(
        exchange.services.keyrings.get(exchange.realm.id),
        token,
        ACCESS_TOKEN,
        clock=exchange.services.clock,
        issuer=issuer,
        audience=issuer,
    )
    if exchange.find_client(claims["client_id"]) is None:
        raise TokenInvalid("the client is gone or disabled")
    return claims


def access_token_seconds(exchange: Exchange) -> int:
    """Return how long access tokens of the realm are valid, in seconds."""
    return int(exchange.realm.access_token_lifetime.total_seconds())


def _build_person_part(basis: TokenBasis) -> dict[str, Any]:
    return {
        "sid": basis.session_id,
        "auth_time": basis.auth_time,
        "acr": basis.acr,
        "amr": list(basis.amr),
        FAMILY_CLAIM: basis.family_id,
    }
