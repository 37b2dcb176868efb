"""The demo's own TLS: a root that may speak for localhost alone, and a server certificate for the certificate host.

The root is what `idp demo trust` gives to browsers, so it is constrained (RFC 5280 section 4.2.1.10) and its key stays in
the data folder. Browsers accept leaf certificates of at most 398 days (CA/Browser Forum Baseline Requirements 6.3.2).
"""

import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

SERVER_NAMES = ("cert.localhost", "*.cert.localhost")
_ROOT_LIFETIME = timedelta(days=3652)
_ROOT_RENEWAL = timedelta(days=400)
_SERVER_LIFETIME = timedelta(days=397)
_SERVER_RENEWAL = timedelta(days=30)
_CLOCK_SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class TLSFiles:
    """Where the PEM files are, below *directory*."""

    directory: Path

    @property
    def root(self) -> Path:
        """The root certificate."""
        return self.directory / "root.pem"

    @property
    def root_key(self) -> Path:
        """The root's private key."""
        return self.directory / "root.key"

    @property
    def server(self) -> Path:
        """The server certificate."""
        return self.directory / "server.pem"

    @property
    def server_key(self) -> Path:
        """The server certificate's private key."""
        return self.directory / "server.key"


def read_root(files: TLSFiles) -> x509.Certificate | None:
    """Return the root if there is one."""
    return _read(files.root, files.root_key)


def ensure_root(files: TLSFiles, now: datetime) -> x509.Certificate:
    """Return the root, made anew where there is none or it ends soon; raise `OSError`."""
    files.directory.mkdir(parents=True, exist_ok=True)
    root = read_root(files)
    if root is None or root.not_valid_after_utc - now < _ROOT_RENEWAL:
        key = ec.generate_private_key(ec.SECP256R1())
        root = _build_root(key, now)
        _write(files.root_key, _key_pem(key))
        _write(files.root, root.public_bytes(Encoding.PEM))
    return root


def ensure_server_certificate(files: TLSFiles, now: datetime) -> x509.Certificate:
    """Return the server certificate, issued anew where there is none, it ends soon or has another root."""
    root = ensure_root(files, now)
    server = _read(files.server, files.server_key)
    if server is None or server.not_valid_after_utc - now < _SERVER_RENEWAL or not _issued_by(server, root):
        key = ec.generate_private_key(ec.SECP256R1())
        server = _build_server(key, root, _read_key(files.root_key), now)
        _write(files.server_key, _key_pem(key))
        _write(files.server, server.public_bytes(Encoding.PEM))
    return server


def _build_root(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Countersign demo TLS root {secrets.token_hex(3)}")])
    constraints = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName("localhost")],
        excluded_subtrees=[x509.IPAddress(ip_network("0.0.0.0/0")), x509.IPAddress(ip_network("::/0"))],
    )
    builder = _begin(name, name, key.public_key(), now, _ROOT_LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
    builder = builder.add_extension(constraints, critical=True)
    return builder.sign(key, hashes.SHA256())


def _build_server(
    key: ec.EllipticCurvePrivateKey, root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, SERVER_NAMES[0])])
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in SERVER_NAMES])
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    builder = _begin(name, root.subject, key.public_key(), now, _SERVER_LIFETIME)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage("digital_signature"), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    builder = builder.add_extension(names, critical=False).add_extension(authority, critical=False)
    return builder.sign(root_key, hashes.SHA256())


def _begin(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now - _CLOCK_SKEW + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*granted: str) -> x509.KeyUsage:
    usages = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{usage: usage in granted for usage in usages})


def _issued_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(root)
    except Exception:
        return False
    return True


def _read(certificate_file: Path, key_file: Path) -> x509.Certificate | None:
    """Return the certificate, or None where it or its key is missing or damaged, as after a start that was broken off."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        return certificate if certificate.public_key() == _read_key(key_file).public_key() else None
    except (FileNotFoundError, ValueError):
        return None


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} is not one of ours")
    return key


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(path.suffix + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    part.replace(path)
