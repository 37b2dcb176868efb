"""Sign and verify JWTs with a realm's keys (RFC 7519, with the explicit types of RFC 8725 section 3.11)."""

import json
from collections.abc import Mapping
from typing import Any

from joserfc.util import urlsafe_b64encode

from idp.clock import Clock
from idp.keys.algorithms import SIGNATURES
from idp.keys.compact import TokenInvalid, read_compact
from idp.keys.keyring import KeyRing, NamedKey

ACCESS_TOKEN = "at+jwt"  # noqa: S105 (the media type of RFC 9068 section 2.1)
ID_TOKEN = "JWT"  # noqa: S105 (a media type)

__all__ = ["ACCESS_TOKEN", "ID_TOKEN", "TokenInvalid", "audiences_of", "sign_jwt", "verify_jwt"]


def sign_jwt(keyring: KeyRing, algorithm: str, typ: str, claims: dict[str, Any]) -> str:
    """Return *claims* as a JWT of type *typ*, signed with the active key for *algorithm*; raise `KeyMissing`."""
    signer = keyring.get_signer(algorithm)
    signing_input = f"{_encode({'alg': algorithm, 'typ': typ, 'kid': signer.kid})}.{_encode(claims)}"
    signature = SIGNATURES[algorithm].sign(signing_input.encode(), signer.key)
    return f"{signing_input}.{urlsafe_b64encode(signature).decode()}"


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
    if audience is not None and audience not in audiences_of(claims):
        raise TokenInvalid("another audience")
    if not expired_ok and clock.now().timestamp() >= _expiry(claims):
        raise TokenInvalid("expired")
    return claims


def _verify_signature(keyring: KeyRing, token: str, typ: str) -> dict[str, Any]:
    jws = read_compact(token)
    verifier = _find_verifier(keyring, jws.header, typ)
    if not jws.verifies(verifier.algorithm, verifier.key):
        raise TokenInvalid("wrong signature")
    return jws.decode_claims()


def _find_verifier(keyring: KeyRing, header: Mapping[str, Any], typ: str) -> NamedKey:
    verifier = keyring.verifiers.get(str(header.get("kid")))
    if verifier is None or header.get("alg") != verifier.algorithm:
        raise TokenInvalid("no such key")
    if str(header.get("typ")).lower() != typ.lower() or "crit" in header:
        raise TokenInvalid("another type of token")
    return verifier


def _encode(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()


def audiences_of(claims: Mapping[str, Any]) -> list[Any]:
    """Return the ``aud`` claim as a list (RFC 7519 section 4.1.3)."""
    audience = claims.get("aud")
    return audience if isinstance(audience, list) else [audience]


def _expiry(claims: Mapping[str, Any]) -> float:
    value = claims.get("exp")
    return float(value) if isinstance(value, int | float) else 0.0
