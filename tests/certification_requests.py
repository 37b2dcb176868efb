"""Certification requests as people's programs make them (RFC 2986)."""

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tests.certificates import ec_key

RequestKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


def build_request(key: RequestKey | None = None) -> x509.CertificateSigningRequest:
    """Return a request that asks for more than anybody gets: another's name, an address, and to be an authority."""
    names = [x509.RFC822Name("mallory@example.org"), x509.DNSName("id.example.org")]
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mallory")]))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key or ec_key(), hashes.SHA256())
    )


def request_pem(key: RequestKey | None = None) -> str:
    """Return it in PEM."""
    return build_request(key).public_bytes(Encoding.PEM).decode()


def request_der(key: RequestKey | None = None) -> bytes:
    """Return it in DER."""
    return build_request(key).public_bytes(Encoding.DER)
