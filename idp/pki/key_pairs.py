"""Key pairs of people: made for one response, never stored (CA/Browser Forum S/MIME BR section 6.1.2)."""

from enum import StrEnum
from typing import TypeAlias

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class KeyType(StrEnum):
    """What browsers and their key stores import (Ed25519 is not among it); the first two everywhere."""

    RSA2048 = "rsa2048"
    P256 = "p256"
    RSA3072 = "rsa3072"
    RSA4096 = "rsa4096"
    P384 = "p384"

    @property
    def is_rsa(self) -> bool:
        """Whether it is RSA, of whichever size."""
        return self.value.startswith("rsa")


def create_key_pair(key_type: KeyType) -> PrivateKey:
    """Return a new private key in memory."""
    if key_type.is_rsa:
        return rsa.generate_private_key(public_exponent=65537, key_size=int(key_type.removeprefix("rsa")))
    return ec.generate_private_key(ec.SECP256R1() if key_type is KeyType.P256 else ec.SECP384R1())


def is_rsa(public_key: PublicKey) -> bool:
    """Whether keys can be encrypted to it (RFC 5280 section 4.2.1.3, keyEncipherment)."""
    return isinstance(public_key, rsa.RSAPublicKey)


def describe_key(public_key: PublicKey) -> str:
    """Return a short name of the key's type and size: rsa2048, p256 …"""
    if isinstance(public_key, rsa.RSAPublicKey):
        return f"rsa{public_key.key_size}"
    return public_key.curve.name.replace("secp256r1", "p256").replace("secp384r1", "p384")


def fingerprint_key(public_key: PublicKeyTypes) -> str:
    """Return the SHA-256 of the key's SubjectPublicKeyInfo in DER (RFC 5280 section 4.1), in lower-case hexadecimal.

    However the key came, a point compressed or a curve spelt out, the same key gives the same.
    """
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return digest.finalize().hex()
