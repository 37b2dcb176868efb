"""The algorithms that tokens are signed with, and key pairs for them (RFC 7518 section 3.1, RFC 8037 section 3.1)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

Key = RSAKey | ECKey | OKPKey

_RSA_BITS = 2048  # RFC 7518 section 3.3


class Signature(NamedTuple):
    """How to sign with a key of the fitting kind, and how to verify."""

    sign: Callable[[bytes, Any], bytes]
    verify: Callable[[bytes, bytes, Any], bool]


class _Kind(NamedTuple):
    key_class: type[RSAKey] | type[ECKey] | type[OKPKey]
    size_or_curve: Any


_KINDS: Mapping[str, _Kind] = {
    "RS256": _Kind(RSAKey, _RSA_BITS),
    "PS256": _Kind(RSAKey, _RSA_BITS),
    "ES256": _Kind(ECKey, "P-256"),
    # RFC 9864 would call it Ed25519; the client libraries of today know the older name.
    "EdDSA": _Kind(OKPKey, "Ed25519"),
}

ALGORITHMS = tuple(_KINDS)
"""Every realm has keys for all of these. Neither `none` nor a symmetric algorithm is among them, nor can a row add one."""

SIGNATURES: Mapping[str, Signature] = MappingProxyType(
    {name: Signature(JWSRegistry.algorithms[name].sign, JWSRegistry.algorithms[name].verify) for name in ALGORITHMS}
)


def generate_key(algorithm: str) -> Key:
    """Return a new key pair for *algorithm*; an RSA one takes about a tenth of a second, without Python's global lock."""
    kind = _KINDS[algorithm]
    return kind.key_class.generate_key(kind.size_or_curve, private=True)


def export_private_key(key: Key) -> bytes:
    """Return the private key as PKCS #8 in DER."""
    native: Any = key.raw_value
    return bytes(native.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))


def export_public_key(key: Key, kid: str, algorithm: str) -> dict[str, Any]:
    """Return the public JWK (RFC 7517 section 4) for signatures with this one algorithm."""
    return {**key.as_dict(private=False), "kid": kid, "alg": algorithm, "use": "sig"}


def import_private_key(der: bytes, kid: str, algorithm: str) -> Key:
    """Return the key of `export_private_key`, whose ciphertext was authenticated."""
    # So these are the very bytes that were checked when the key was made.
    native: Any = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
    return _KINDS[algorithm].key_class.import_key(native, {"kid": kid, "alg": algorithm, "use": "sig"})


def import_public_key(jwk: dict[str, Any], algorithm: str) -> Key:
    """Return the key of a public JWK."""
    return _KINDS[algorithm].key_class.import_key(jwk)
