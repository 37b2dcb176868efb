"""The root as trust stores want to know it."""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Root:
    """The root certificate and the PEM file it is in."""

    certificate: x509.Certificate
    file: Path

    @property
    def name(self) -> str:
        """The common name: unique, because it ends in random digits."""
        return str(self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)

    @property
    def sha1(self) -> str:
        """The SHA-1 thumbprint in hex, by which macOS and Windows find a certificate."""
        return self.certificate.fingerprint(SHA1()).hex().upper()  # noqa: S303 (a name, no protection)
