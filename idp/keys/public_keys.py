"""Other parties' public keys, as they publish them (JWK, RFC 7517; algorithms, RFC 7518 section 3.1 and RFC 8037 section 3.1)."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import base64_to_int

from idp.errors import IdpError

_CURVE_OF = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519", "Ed25519": "Ed25519"}
_RSA_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
ASYMMETRIC_ALGORITHMS = (*_RSA_ALGORITHMS, *_CURVE_OF)

_MIN_RSA_BITS, _MAX_RSA_BITS = 2048, 8192  # RFC 7518 section 3.3; and what verifying may cost us
_MAX_EXPONENT = 2**32
_MAX_KEYS = 100
_IMPORT: Mapping[str, Callable[[Any], Any]] = {
    "RSA": RSAKey.import_key,
    "EC": ECKey.import_key,
    "OKP": OKPKey.import_key,
}


class KeyInvalid(IdpError):
    """A JWK or JWK Set is malformed, or holds a key that is private, symmetric or too weak."""


@dataclass(frozen=True)
class PublicKey:
    """A key that verifies; `certificate` is the DER of the first one in ``x5c``, None where there is none."""

    key: RSAKey | ECKey | OKPKey
    kid: str | None = None
    algorithm: str | None = None
    certificate: bytes | None = None

    def fits(self, algorithm: str) -> bool:
        """Tell whether the key is for signatures with *algorithm*: by its kind, its curve and its own ``alg``."""
        if self.algorithm not in (None, algorithm):
            return False
        if algorithm in _RSA_ALGORITHMS:
            return isinstance(self.key, RSAKey)
        return not isinstance(self.key, RSAKey) and self.key.curve_name == _CURVE_OF.get(algorithm)

    @cached_property
    def spki(self) -> bytes:
        """The SubjectPublicKeyInfo in DER, as a certificate has it (RFC 5280 section 4.1.2.7)."""
        raw: Any = self.key.raw_value
        return bytes(raw.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def parse_public_key(jwk: object) -> PublicKey:
    """Return the key of a JWK; raise `KeyInvalid` where it is not a strong public one for signatures."""
    if not isinstance(jwk, dict) or not _is_for_signatures(jwk):
        raise KeyInvalid("not a public key for signatures")
    try:
        _verify_strength(jwk)
        key = _IMPORT[jwk["kty"]]({name: jwk[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in jwk})
        return PublicKey(key, _text(jwk, "kid"), _text(jwk, "alg"), _first_certificate(jwk))
    except KeyInvalid:
        raise
    except Exception as error:  # the library raises several for what a stranger wrote
        raise KeyInvalid(f"unusable key: {type(error).__name__}") from error


@lru_cache(maxsize=512)
def parse_key_set(text: str | bytes) -> tuple[PublicKey, ...]:
    """Return the usable keys of a JWK Set in JSON; raise `KeyInvalid` where it is none (RFC 7517 section 5).

    Members that are no usable keys are left out, as that section wants it.
    """
    try:
        members = json.loads(text)["keys"]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise KeyInvalid("not a JWK Set") from error
    if not isinstance(members, list) or len(members) > _MAX_KEYS:
        raise KeyInvalid("not a JWK Set of acceptable size")
    return tuple(key for key in map(_find_usable, members) if key is not None)


def _find_usable(jwk: object) -> PublicKey | None:
    try:
        return parse_public_key(jwk)
    except KeyInvalid:
        return None


def _is_for_signatures(jwk: dict[str, Any]) -> bool:
    # A private key that was published is nobody's proof any more.
    operations = jwk.get("key_ops", ["verify"])
    return (
        isinstance(jwk.get("kty"), str)
        and jwk["kty"] in _IMPORT
        and "d" not in jwk
        and jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
    )


def _verify_strength(jwk: dict[str, Any]) -> None:
    if jwk["kty"] != "RSA":
        if jwk.get("crv") not in _CURVE_OF.values():
            raise KeyInvalid("a curve that is not accepted")
        return
    bits = base64_to_int(jwk["n"]).bit_length()
    if not _MIN_RSA_BITS <= bits <= _MAX_RSA_BITS or base64_to_int(jwk["e"]) > _MAX_EXPONENT:
        raise KeyInvalid(f"an RSA key of {bits} bits")


def _text(jwk: dict[str, Any], name: str) -> str | None:
    value = jwk.get(name)
    if value is not None and not isinstance(value, str):
        raise KeyInvalid(f"{name} is not a text")
    return value


def _first_certificate(jwk: dict[str, Any]) -> bytes | None:
    chain = jwk.get("x5c")
    if chain is None:
        return None
    try:
        return base64.b64decode(chain[0], validate=True)
    except (binascii.Error, ValueError, TypeError, LookupError) as error:
        raise KeyInvalid("x5c holds no certificate") from error
