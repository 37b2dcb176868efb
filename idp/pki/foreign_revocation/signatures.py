"""Signatures under lists and answers: RSA and ECDSA, with SHA-2, as on the certificates of a path."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_MINIMUM_RSA_BITS = 2048

Parameters = padding.PSS | padding.PKCS1v15 | ec.ECDSA | None


def is_accepted_digest(algorithm: hashes.HashAlgorithm | None) -> bool:
    """Whether what is signed may be hashed like this: SHA-1 and MD5 collide."""
    return isinstance(algorithm, _DIGESTS)


def is_signed_by(
    key: CertificatePublicKeyTypes,
    signature: bytes,
    digest: bytes,
    algorithm: hashes.HashAlgorithm,
    parameters: Parameters,
) -> bool:
    """Whether *signature* is one of *key* over what has the *digest* by *algorithm*."""
    try:
        if isinstance(key, rsa.RSAPublicKey) and isinstance(parameters, padding.PSS | padding.PKCS1v15):
            key.verify(signature, digest, parameters, Prehashed(algorithm))
            return key.key_size >= _MINIMUM_RSA_BITS
        if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(parameters, ec.ECDSA):
            key.verify(signature, digest, ec.ECDSA(Prehashed(algorithm)))
            return True
    except (InvalidSignature, ValueError):
        return False
    return False
