"""PKCS#10 certification requests (RFC 2986): whoever made one holds the key in it.

The key is all that is taken. Names and extensions that are asked for are never looked at: the realm's profile decides
what a certificate says.
"""

from typing import cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import PublicKeyAlgorithmOID
from cryptography.x509.oid import SignatureAlgorithmOID as Algorithm

from idp.errors import InvalidInput
from idp.pki.key_pairs import PublicKey
from idp.pki.key_policy import find_weaknesses
from idp.pki.request_armour import read_armour

_ALGORITHMS = {
    Algorithm.RSA_WITH_SHA256,
    Algorithm.RSA_WITH_SHA384,
    Algorithm.RSA_WITH_SHA512,
    Algorithm.RSASSA_PSS,
    Algorithm.ECDSA_WITH_SHA256,
    Algorithm.ECDSA_WITH_SHA384,
    Algorithm.ECDSA_WITH_SHA512,
}
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

MALFORMED = "This certificate request is damaged, or not one as RFC 2986 describes it. Make it once more."
UNUSABLE_KEY = (
    "Make one that is RSA with 2048 to 4096 bits, or on P-256 or P-384: browsers use no others, Ed25519 included."
)
ONLY_PSS = "The key is bound to RSASSA-PSS, which browsers do not use. Make one for RSA without that restriction."
WEAK_SIGNATURE = (
    "It is signed in a way that is not accepted. Sign it with SHA-256, SHA-384 or SHA-512, and with RSA or ECDSA."
)
NO_PROOF = "Its signature does not fit the key in it, so it does not show that you have that key."


def read_certification_request(data: bytes) -> PublicKey:
    """Return the key of the request in PEM or DER, whose maker holds it; raise `InvalidInput` with a text for `request` or `key`."""
    request = _parse(read_armour(data))
    key = _read_key(request)
    _verify_possession(request)
    return key


def _parse(der: bytes) -> x509.CertificateSigningRequest:
    try:
        return x509.load_der_x509_csr(der)
    except (ValueError, x509.InvalidVersion):
        raise InvalidInput(request=MALFORMED) from None


def _read_key(request: x509.CertificateSigningRequest) -> PublicKey:
    """Before the signature: a key of any size takes any time to verify with."""
    try:
        key = request.public_key()
    except UnsupportedAlgorithm:
        raise InvalidInput(key=f"The key is of an unknown kind. {UNUSABLE_KEY}") from None
    except ValueError:
        raise InvalidInput(request=MALFORMED) from None
    for weakness in find_weaknesses(key):
        raise InvalidInput(key=f"The key {weakness}. {UNUSABLE_KEY}")
    if _algorithm_of_key(request) == PublicKeyAlgorithmOID.RSASSA_PSS:
        raise InvalidInput(key=ONLY_PSS)
    return cast("PublicKey", key)


def _algorithm_of_key(request: x509.CertificateSigningRequest) -> x509.ObjectIdentifier:
    return cast("x509.ObjectIdentifier", request.public_key_algorithm_oid)  # type: ignore[attr-defined] # the stubs lack it


def _verify_possession(request: x509.CertificateSigningRequest) -> None:
    try:
        accepted = request.signature_algorithm_oid in _ALGORITHMS and isinstance(
            request.signature_hash_algorithm, _HASHES
        )
        proven = accepted and request.is_signature_valid
    except (UnsupportedAlgorithm, ValueError, TypeError):
        accepted = proven = False
    if not accepted:
        raise InvalidInput(request=WEAK_SIGNATURE)
    if not proven:
        raise InvalidInput(request=NO_PROOF)
