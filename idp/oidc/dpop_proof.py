"""Read a DPoP proof: its form, type, key and signature (RFC 9449 section 4.2, and section 4.3 points 2 to 7)."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from idp.errors import IdpError
from idp.keys.compact import CompactJws, TokenInvalid, read_compact
from idp.keys.public_keys import KeyInvalid, PublicKey, parse_public_key

ALGORITHMS = ("ES256", "PS256", "RS256", "EdDSA", "Ed25519")
PROOF_TYPE = "dpop+jwt"
_PRIVATE_MEMBERS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
_MAX_LENGTH = 8192  # one with an RSA key of 4096 bits has about 2,500 characters
_MAX_CLAIM_LENGTH = 2048
_TEXTS = ("jti", "htm", "htu")
_OPTIONAL_TEXTS = ("nonce", "ath")


class ProofInvalid(IdpError):
    """The text is no proof, or its signature is wrong."""


@dataclass(frozen=True, kw_only=True)
class DpopProof:
    """A proof with a good signature. `thumbprint` is the key's (RFC 7638), `iat` seconds; what is absent is empty."""

    algorithm: str
    thumbprint: str
    jti: str
    htm: str
    htu: str
    iat: int | float
    nonce: str
    ath: str


def read_dpop_proof(text: str) -> DpopProof:
    """Return the proof that *text* is; raise `ProofInvalid`. What it is a proof for, and of when, is not looked at."""
    try:
        jws = read_compact(text, max_length=_MAX_LENGTH)
        algorithm, key, thumbprint = _read_key(jws)
        if not jws.verifies(algorithm, key.key):
            raise ProofInvalid("The proof's signature is wrong.")
        return _read_claims(jws.decode_claims(), algorithm, thumbprint)
    except TokenInvalid as error:
        raise ProofInvalid("The proof is not a compact JWS of JSON objects.") from error


def _read_key(jws: CompactJws) -> tuple[str, PublicKey, str]:
    algorithm, jwk = jws.header.get("alg"), jws.header.get("jwk")
    if jws.header.get("typ") != PROOF_TYPE or "crit" in jws.header:
        raise ProofInvalid("The proof's typ is not dpop+jwt, or something in it is critical.")
    if algorithm not in ALGORITHMS:
        raise ProofInvalid("The proof's alg is not one of those that are supported.")
    if not isinstance(jwk, dict) or _PRIVATE_MEMBERS.intersection(jwk):
        raise ProofInvalid("The proof's jwk is not a public key.")
    try:
        key, thumbprint = _parse_key(json.dumps(jwk, sort_keys=True))
    except (KeyInvalid, RecursionError) as error:
        raise ProofInvalid("The proof's jwk is not a public key that is strong enough.") from error
    if not key.fits(algorithm):
        raise ProofInvalid("The proof's jwk is not a key for its alg.")
    return algorithm, key, thumbprint


@lru_cache(maxsize=1024)
def _parse_key(jwk: str) -> tuple[PublicKey, str]:
    # A client sends the same key with every proof.
    key = parse_public_key(json.loads(jwk))
    return key, key.key.thumbprint()


def _read_claims(claims: dict[str, Any], algorithm: str, thumbprint: str) -> DpopProof:
    texts = {name: claims.get(name) for name in _TEXTS} | {name: claims.get(name, "") for name in _OPTIONAL_TEXTS}
    iat = claims.get("iat")
    if not all(isinstance(value, str) and len(value) <= _MAX_CLAIM_LENGTH for value in texts.values()):
        raise ProofInvalid("A claim of the proof is missing, is not a text, or is too long.")
    if not isinstance(iat, int | float) or isinstance(iat, bool) or not texts["jti"]:
        raise ProofInvalid("The proof's iat or jti is missing.")
    return DpopProof(algorithm=algorithm, thumbprint=thumbprint, iat=iat, **cast("dict[str, str]", texts))
