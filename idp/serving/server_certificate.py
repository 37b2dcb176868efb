"""The certificate listener's own certificate and key, from PEM files that may be replaced while it runs."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from idp.errors import ConfigurationError

ServerKey = dsa.DSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
ServerKey |= rsa.RSAPrivateKey


@dataclass(frozen=True)
class ServerCertificate:
    """A server certificate, the certificates to send after it, and its private key."""

    chain: tuple[x509.Certificate, ...]
    key: ServerKey


@dataclass(frozen=True)
class ServerCertificateFiles:
    """Where chain (server certificate first) and key are, both PEM, the key not encrypted."""

    certificate_file: Path
    key_file: Path

    def load(self) -> ServerCertificate:
        """Read both files; raises `ConfigurationError` unless they hold a certificate and the key to it."""
        try:
            chain = x509.load_pem_x509_certificates(self.certificate_file.read_bytes())
            key = load_pem_private_key(self.key_file.read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise self._unusable(str(error)) from error
        if key.public_key() != chain[0].public_key():
            raise self._unusable("the key belongs to another certificate")
        return ServerCertificate(tuple(chain), cast("ServerKey", key))

    def fingerprint(self) -> tuple[int, ...]:
        """Return numbers that differ once a file was written again or replaced; raises `OSError`."""
        statuses = (self.certificate_file.stat(), self.key_file.stat())
        return tuple(number for status in statuses for number in (status.st_mtime_ns, status.st_size, status.st_ino))

    def _unusable(self, reason: str) -> ConfigurationError:
        files = f"{self.certificate_file} with key {self.key_file}"
        return ConfigurationError(f"the certificate listener cannot use {files}: {reason}")
