"""Whose word counts for which certificate: an issuer is a name together with a key, so that another of the same name is another."""

import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.pki.usage import find_extension


def issuer_key(issuer: x509.Certificate) -> str:
    """Return what an issuer's name and key are found by: the SHA-256 of both, in hexadecimal."""
    key = issuer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(issuer.subject.public_bytes() + key).hexdigest()


def serial_octets(serial_number: int) -> bytes:
    """Return the content octets of the INTEGER in DER, as few as there can be, also below zero."""
    magnitude = serial_number if serial_number >= 0 else ~serial_number
    return serial_number.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True)


def may_sign_lists(issuer: x509.Certificate) -> bool:
    """Whether the certificate's keyUsage, where it has one, allows to sign revocation lists (RFC 5280 section 6.3.3 (f))."""
    usage = find_extension(issuer.extensions, x509.KeyUsage)
    return usage is None or usage.crl_sign
