"""ID Tokens (OpenID Connect Core section 2)."""

from typing import Any

from authlib.oidc.core.util import create_half_hash

from idp.clients.registration import ClientRegistration
from idp.keys.tokens import ID_TOKEN, sign_jwt, verify_jwt
from idp.oidc.access_tokens import access_token_seconds
from idp.oidc.person_claims import build_certificate_claims
from idp.oidc.scopes import X509
from idp.oidc.token_basis import TokenBasis, timestamp
from idp.web.exchange import Exchange


def issue_id_token(
    exchange: Exchange, client: ClientRegistration, basis: TokenBasis, *, scope: str, access_token: str, nonce: str = ""
) -> str:
    """Return a signed ID Token beside *access_token*; *nonce* is empty where the request had none, and when refreshing."""
    now = timestamp(exchange.services.clock.now())
    claims: dict[str, Any] = {
        "iss": exchange.url(""),
        "sub": basis.user_id,
        "aud": client.client_id,
        "iat": now,
        "exp": now + access_token_seconds(exchange),
        "auth_time": basis.auth_time,
        "acr": basis.acr,
        "amr": list(basis.amr),
        "sid": basis.session_id,
        "at_hash": create_half_hash(access_token, client.id_token_alg).decode(),
    }
    if nonce:
        claims["nonce"] = nonce
    if X509 in scope.split():
        claims |= build_certificate_claims(basis.certificate_claims)
    return sign_jwt(exchange.services.keyrings.get(exchange.realm.id), client.id_token_alg, ID_TOKEN, claims)


def verify_id_token_hint(exchange: Exchange, token: str) -> dict[str, Any]:
    """Return the claims of an ID Token of this realm, expired or not; raise `TokenInvalid`."""
    return verify_jwt(
        exchange.services.keyrings.get(exchange.realm.id),
        token,
        ID_TOKEN,
        clock=exchange.services.clock,
        issuer=exchange.url(""),
        expired_ok=True,
    )
