"""What a lint is: a rule of RFC 5280, and a check that yields what breaks it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509

from idp.pki.profiles import BROADEST, CertificateProfile


class CertificateKind(StrEnum):
    """The kinds of certificates that are issued here."""

    ROOT = "root"
    ISSUING = "issuing"
    END_ENTITY = "end_entity"
    OCSP_SIGNER = "ocsp_signer"


@dataclass(frozen=True)
class LintContext:
    """What is about to be signed, and by whom; a root has no issuer but itself.

    A person's certificate is compared with what *profile* promises.
    """

    kind: CertificateKind
    issuer: x509.Certificate | None = None
    profile: CertificateProfile = BROADEST

    @property
    def is_authority(self) -> bool:
        """Whether the certificate is to sign others."""
        return self.kind in {CertificateKind.ROOT, CertificateKind.ISSUING}


@dataclass(frozen=True)
class Finding:
    """One broken rule."""

    lint: str
    citation: str
    detail: str

    def __str__(self) -> str:
        return f"{self.lint} ({self.citation}): {self.detail}"


Check = Callable[[x509.Certificate, LintContext], Iterator[str]]


@dataclass(frozen=True)
class Lint:
    """A named rule, where it stands, and its check."""

    name: str
    citation: str
    check: Check


def find_extension(
    certificate: x509.Certificate, oid: x509.ObjectIdentifier
) -> x509.Extension[x509.ExtensionType] | None:
    """Return the extension with *oid*, or None."""
    try:
        return certificate.extensions.get_extension_for_oid(oid)
    except x509.ExtensionNotFound:
        return None
