"""A corporate root that certifies other people's requests, as its own software would."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


class Corporation:
    """An RSA root, and what it signs around *now*."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.key = rsa.generate_private_key(65537, 2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Corporate Root")])
        self.root = self._sign(name, name, self.key.public_key(), path_length=None, days=3650)

    def certify(
        self, request: x509.CertificateSigningRequest, *, authority: bool = True, crl_sign: bool = True, days: int = 900
    ) -> x509.Certificate:
        """Return the certificate for *request*."""
        return self._sign(
            request.subject, self.root.subject, request.public_key(), path_length=0, days=days,
            authority=authority, crl_sign=crl_sign,
        )  # fmt: skip

    def _sign(
        self, subject: x509.Name, issuer: x509.Name, public_key: object, *, path_length: int | None, days: int,
        authority: bool = True, crl_sign: bool = True,
    ) -> x509.Certificate:  # fmt: skip
        usage = x509.KeyUsage(
            digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=authority, crl_sign=crl_sign, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        constraints = x509.BasicConstraints(ca=authority, path_length=path_length if authority else None)
        own = self.key.public_key()
        return (
            x509.CertificateBuilder(issuer, subject, public_key)  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - 20 * DAY)
            .not_valid_after(self.now + days * DAY)
            .add_extension(constraints, critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)  # type: ignore[arg-type]
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def pem(*certificates: x509.Certificate) -> bytes:
    """Return them as one file."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
