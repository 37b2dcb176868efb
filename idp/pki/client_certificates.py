"""Certificates that applications make known their keys by: self-signed, and good for nothing but the key (RFC 8705 section 2.2)."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from idp.pki.key_pairs import KeyType, PrivateKey, create_key_pair

_NAME_CHARACTERS = 64  # RFC 5280 appendix A.1, ub-common-name
_EARLIER = timedelta(minutes=5)  # clocks differ


def create_client_certificate(
    client_id: str, key_type: KeyType, now: datetime, lifetime: timedelta
) -> tuple[PrivateKey, x509.Certificate]:
    """Return a new key, which exists nowhere else, and a certificate for it that names the application."""
    key = create_key_pair(key_type)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, client_id[:_NAME_CHARACTERS])])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + lifetime)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    )
    return key, builder.sign(key, hashes.SHA256())
