"""A certificate and its chain in the files that systems take: PEM, DER, PKCS#7 (RFC 7468, RFC 5280, RFC 5652)."""

from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from idp.pki.chains import Chain


class FileKind(StrEnum):
    """What can be had."""

    PEM = "pem"
    DER = "cer"
    CHAIN = "chain"
    PKCS7 = "p7b"


@dataclass(frozen=True)
class CertificateFile:
    """What is sent, and how its name ends."""

    content: bytes
    media_type: str
    suffix: str


def build_file(kind: FileKind, chain: Chain) -> CertificateFile:
    """Return the certificate alone, in PEM or DER, or with those above it: in PEM up to the root, in PKCS#7 below it.

    Systems that take a PKCS#7 file would ask whether the root is to be trusted, which nothing here needs.
    """
    own = chain.certificates[0]
    if kind is FileKind.DER:
        return CertificateFile(own.public_bytes(Encoding.DER), "application/pkix-cert", ".cer")
    if kind is FileKind.PKCS7:
        content = pkcs7.serialize_certificates(list(chain.without_root), Encoding.DER)
        return CertificateFile(content, "application/x-pkcs7-certificates", ".p7b")
    if kind is FileKind.CHAIN:
        whole = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain.certificates)
        return CertificateFile(whole, "application/pem-certificate-chain", "-chain.pem")
    return CertificateFile(own.public_bytes(Encoding.PEM), "application/x-pem-file", ".pem")
