"""Certificate authorities, certificates and their flaws, made in memory.

::

    root = Authority.create("Test Root")
    issuing = root.create_intermediate("Test Issuing")
    alice = issuing.issue("alice")
    expired = issuing.issue("alice", not_before=-60 * DAY, not_after=-30 * DAY)
    for_servers = issuing.issue("alice", usages=(SERVER_AUTH,))
    weak = issuing.issue("alice", key=rsa_key(1024))
    self_signed = self_sign("mallory")
    server = root.issue_server("localhost")
    alice.write_pem(tmp_path)          # (certificate with chain, key), for openssl, curl and ssl
"""

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey
Extension = tuple[x509.ExtensionType, bool]

DAY = dt.timedelta(days=1)
CLIENT_AUTH = ExtendedKeyUsageOID.CLIENT_AUTH
SERVER_AUTH = ExtendedKeyUsageOID.SERVER_AUTH

_file_numbers = itertools.count()


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """Return a new key, on P-256 unless *curve* says otherwise."""
    return ec.generate_private_key(curve or ec.SECP256R1())


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return a new RSA key of any size that OpenSSL makes."""
    return rsa.generate_private_key(65537, bits)


def ed25519_key() -> ed25519.Ed25519PrivateKey:
    """Return a new Ed25519 key."""
    return ed25519.Ed25519PrivateKey.generate()


@dataclass(frozen=True)
class Issued:
    """A certificate with its key and the intermediates that lead to its root, nearest first."""

    certificate: x509.Certificate
    key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()

    @cached_property
    def der(self) -> bytes:
        """The certificate in DER."""
        return self.certificate.public_bytes(Encoding.DER)

    @cached_property
    def chain_der(self) -> tuple[bytes, ...]:
        """The intermediates in DER."""
        return tuple(certificate.public_bytes(Encoding.DER) for certificate in self.chain)

    @property
    def pem(self) -> str:
        """The certificate alone in PEM."""
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def chain_pem(self) -> str:
        """The certificate and its intermediates in PEM."""
        return self.pem + "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in self.chain)

    @property
    def key_pem(self) -> str:
        """The private key in unencrypted PEM."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()

    def pkcs12(self, password: bytes = b"secret", name: bytes = b"test") -> bytes:
        """Return certificate, key and intermediates as PKCS#12."""
        format_ = PrivateFormat.PKCS12.encryption_builder().build(password)
        return pkcs12.serialize_key_and_certificates(name, self.key, self.certificate, self.chain, format_)

    def write_pem(self, folder: Path) -> tuple[Path, Path]:
        """Write the certificate with its chain, and the key, into two new files of *folder*."""
        number = next(_file_numbers)
        certificate_file, key_file = folder / f"certificate-{number}.pem", folder / f"key-{number}.pem"
        certificate_file.write_text(self.chain_pem)
        key_file.write_text(self.key_pem)
        return certificate_file, key_file


@dataclass(frozen=True)
class Authority(Issued):
    """A root or an intermediate that issues."""

    is_root: bool = True

    @classmethod
    def create(cls, name: str = "Test Root", *, key: PrivateKey | None = None) -> "Authority":
        """Return a new root."""
        key = key or ec_key()
        builder = _builder(name, key, extensions=_authority_extensions())
        return cls(_sign(builder.issuer_name(_name(name)), key), key)

    def create_intermediate(
        self,
        name: str = "Test Issuing",
        *,
        key: PrivateKey | None = None,
        path_length: int | None = 0,
        extensions: Sequence[Extension] = (),
    ) -> "Authority":
        """Return a new authority under this one; with the name and key of another one, it certifies that one anew."""
        key = key or ec_key()
        builder = _builder(name, key, extensions=(*_authority_extensions(path_length), *extensions))
        certificate = self._sign_for(builder)
        return Authority(certificate, key, self._path, is_root=False)

    def issue(
        self,
        name: str = "alice",
        *,
        key: PrivateKey | None = None,
        not_before: dt.timedelta = -DAY,
        not_after: dt.timedelta = 30 * DAY,
        usages: Sequence[x509.ObjectIdentifier] = (CLIENT_AUTH,),
        names: Sequence[x509.GeneralName] | None = None,
        extensions: Sequence[Extension] = (),
        serial_number: int | None = None,
    ) -> Issued:
        """Return a client certificate; its dates are given relative to now, *names* are its subjectAltName."""
        key = key or ec_key()
        names = [x509.RFC822Name(f"{name}@example.org")] if names is None else names
        builder = _builder(
            name,
            key,
            not_before=not_before,
            not_after=not_after,
            serial_number=serial_number,
            extensions=(*_end_entity_extensions(usages, names), *extensions),
        )
        return Issued(self._sign_for(builder), key, self._path)

    def issue_server(self, *hosts: str, **options: object) -> Issued:
        """Return a server certificate for host names and addresses."""
        hosts = hosts or ("localhost", "*.cert.localhost", "127.0.0.1")
        return self.issue(hosts[0], usages=(SERVER_AUTH,), names=[_host(host) for host in hosts], **options)  # type: ignore[arg-type]

    @property
    def _path(self) -> tuple[x509.Certificate, ...]:
        return () if self.is_root else (self.certificate, *self.chain)

    def _sign_for(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.issuer_name(self.certificate.subject).add_extension(identifier, critical=False)
        return _sign(builder, self.key)


def self_sign(
    name: str = "mallory", *, key: PrivateKey | None = None, usages: Sequence[x509.ObjectIdentifier] = (CLIENT_AUTH,)
) -> Issued:
    """Return a client certificate that vouches for itself."""
    key = key or ec_key()
    extensions = _end_entity_extensions(usages, [x509.RFC822Name(f"{name}@example.org")])
    return Issued(_sign(_builder(name, key, extensions=extensions).issuer_name(_name(name)), key), key)


def create_long_chain(length: int) -> tuple[Authority, Issued]:
    """Return a root and a client certificate with *length* intermediates between them."""
    root = authority = Authority.create()
    for number in range(length):
        authority = authority.create_intermediate(f"Intermediate {number}", path_length=None)
    return root, authority.issue("alice")


def _builder(
    name: str,
    key: PrivateKey,
    *,
    not_before: dt.timedelta = -DAY,
    not_after: dt.timedelta = 30 * DAY,
    serial_number: int | None = None,
    extensions: Sequence[Extension] = (),
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key.public_key())
        .serial_number(serial_number or x509.random_serial_number())
        .not_valid_before(now + not_before)
        .not_valid_after(now + not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder


def _sign(builder: x509.CertificateBuilder, issuer_key: PrivateKey) -> x509.Certificate:
    has_own_digest = isinstance(issuer_key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return builder.sign(issuer_key, None if has_own_digest else hashes.SHA256())


def _authority_extensions(path_length: int | None = None) -> list[Extension]:
    return [
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        (_key_usage(key_cert_sign=True, crl_sign=True), True),
    ]


def _end_entity_extensions(
    usages: Sequence[x509.ObjectIdentifier], names: Sequence[x509.GeneralName]
) -> list[Extension]:
    extensions: list[Extension] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(digital_signature=True), True),
    ]
    if usages:
        extensions.append((x509.ExtendedKeyUsage(usages), False))
    if names:
        extensions.append((x509.SubjectAlternativeName(names), False))
    return extensions


def _key_usage(**set_bits: bool) -> x509.KeyUsage:
    bits = [
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ]
    return x509.KeyUsage(**{bit: set_bits.get(bit, False) for bit in bits})


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)
