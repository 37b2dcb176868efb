"""A certificate as a JWK: its key, and itself as ``x5c`` (RFC 7517 section 4.7)."""

import base64
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, RSAKey


def build_certificate_key(certificate: x509.Certificate) -> dict[str, Any]:
    """Return the JWK of an RSA or elliptic-curve certificate, named by its key's thumbprint (RFC 7638)."""
    der = certificate.public_bytes(Encoding.DER)
    return {**build_public_key(certificate.public_key()), "x5c": [base64.b64encode(der).decode()]}


def build_public_key(public_key: Any) -> dict[str, Any]:
    """Return the JWK of an RSA or elliptic-curve key, named by its thumbprint."""
    pem = public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    key = (RSAKey if isinstance(public_key, rsa.RSAPublicKey) else ECKey).import_key(pem)
    return {**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig"}
