"""Key pairs of people: made for one response, never stored (CA/Browser Forum S/MIME BR section 6.1.2)."""

from enum import StrEnum
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec, rsa

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey


class KeyType(StrEnum):
    """What browsers and their key stores import everywhere (Ed25519 is not among it)."""

    RSA2048 = "rsa2048"
    P256 = "p256"


def create_key_pair(key_type: KeyType) -> PrivateKey:
    """Return a new private key in memory."""
    if key_type is KeyType.RSA2048:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def describe_key(public_key: PublicKey) -> str:
    """Return a short name of the key's type and size: rsa2048, p256 …"""
    if isinstance(public_key, rsa.RSAPublicKey):
        return f"rsa{public_key.key_size}"
    return public_key.curve.name.replace("secp256r1", "p256").replace("secp384r1", "p384")
