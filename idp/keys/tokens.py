"""Sign and verify JWTs with a realm's keys (RFC 7519, with the explicit types of RFC 8725 section 3.11)."""

import json
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry, extract_compact, validate_compact

from idp.clock import Clock
from idp.errors import IdpError
from idp.keys.keyring import Key, KeyRing
from idp.keys.signing_keys import ALGORITHMS

ACCESS_TOKEN = "at+jwt"  # noqa: S105 (the media type of RFC 9068 section 2.1)
ID_TOKEN = "JWT"  # noqa: S105 (a media type)

_REGISTRY = JWSRegistry(algorithms=ALGORITHMS)
_MAX_TOKEN_LENGTH = 16384  # ours have about a thousand characters; nobody may make us hash megabytes


class TokenInvalid(IdpError):
    """A JWT is malformed, of another type, issuer or audience, expired, or not signed by a key of the realm."""


def sign_jwt(keyring: KeyRing, algorithm: str, typ: str, claims: dict[str, Any]) -> str:
    """Return *claims* as a JWT of type *typ*, signed with the active key for *algorithm*."""
    signer = keyring.get_signer(algorithm)
    header = {"alg": algorithm, "typ": typ, "kid": signer.kid}
    return jwt.encode(header, claims, signer.key, registry=_REGISTRY, default_type=None)


def verify_jwt(
    keyring: KeyRing,
    token: str,
    typ: str,
    *,
    clock: Clock,
    issuer: str,
    audience: str | None = None,
    expired_ok: bool = False,
) -> dict[str, Any]:
    """Return the claims of a *token* that we signed; raise `TokenInvalid`.

    The key is the one that `kid` names among our own, and the algorithm is that key's: whatever else the header
    says of either counts for nothing (RFC 8725 sections 3.1 and 3.2).
    """
    claims = _verify_signature(keyring, token, typ)
    if claims.get("iss") != issuer:
        raise TokenInvalid("another issuer")
    if audience is not None and audience not in _audiences(claims):
        raise TokenInvalid("another audience")
    if not expired_ok and clock.now().timestamp() >= _expiry(claims):
        raise TokenInvalid("expired")
    return claims


def _verify_signature(keyring: KeyRing, token: str, typ: str) -> dict[str, Any]:
    if len(token) > _MAX_TOKEN_LENGTH or not token.isascii():
        raise TokenInvalid("not a token of ours")
    try:
        signed = extract_compact(token.encode(), registry=_REGISTRY)
        key = _find_key(keyring, signed.headers(), typ)
        if not validate_compact(signed, key, registry=_REGISTRY):
            raise TokenInvalid("wrong signature")
        claims = json.loads(signed.payload)
    except (JoseError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise TokenInvalid("malformed") from error
    if not isinstance(claims, dict):
        raise TokenInvalid("no claims")
    return claims


def _find_key(keyring: KeyRing, header: Mapping[str, Any], typ: str) -> Key:
    verifier = keyring.verifiers.get(str(header.get("kid")))
    if verifier is None or header.get("alg") != verifier.algorithm:
        raise TokenInvalid("no such key")
    if str(header.get("typ")).lower() != typ.lower():
        raise TokenInvalid("another type of token")
    return verifier.key


def _audiences(claims: Mapping[str, Any]) -> list[Any]:
    audience = claims.get("aud")
    return audience if isinstance(audience, list) else [audience]


def _expiry(claims: Mapping[str, Any]) -> float:
    value = claims.get("exp")
    return float(value) if isinstance(value, int | float) else 0.0
