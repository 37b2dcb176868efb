"""What is asked of an issuer about one certificate of a path, and what can be answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from idp.pki.anchor_settings import RevocationSettings
from idp.pki.foreign_revocation.issuers import issuer_key, serial_octets
from idp.pki.usage import find_extension

MAX_ADDRESSES = 3  # of one kind in one certificate
_MAX_URL = 2048


class Standing(StrEnum):
    """What is known of a certificate's revocation; `unknown` also where nothing is."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Question:
    """Whether *issuer* has revoked *certificate*, under an anchor and its settings."""

    anchor_id: str
    settings: RevocationSettings
    certificate: x509.Certificate
    issuer: x509.Certificate

    @cached_property
    def issuer_key(self) -> str:
        """What the issuer's lists and answers are found by."""
        return issuer_key(self.issuer)

    @cached_property
    def serial_number(self) -> bytes:
        """The certificate's serial number as lists and answers have it."""
        return serial_octets(self.certificate.serial_number)

    @cached_property
    def is_authority(self) -> bool:
        """Whether it is asked about an authority."""
        constraints = find_extension(self.certificate.extensions, x509.BasicConstraints)
        return constraints is not None and constraints.ca

    @cached_property
    def distribution_points(self) -> tuple[str, ...]:
        """The addresses of the issuer's own lists that the certificate names (RFC 5280 section 4.2.1.13)."""
        points = find_extension(self.certificate.extensions, x509.CRLDistributionPoints) or ()
        whole = [point for point in points if point.crl_issuer is None and point.reasons is None]
        return _list_addresses(name for point in whole for name in point.full_name or ())

    @cached_property
    def list_addresses(self) -> tuple[str, ...]:
        """Where the issuer's lists may be learnt to be, beside the addresses that are set."""
        if not self.settings.use_distribution_points:
            return ()
        return tuple(url for url in self.distribution_points if url not in self.settings.crl_urls)

    @cached_property
    def responder(self) -> str | None:
        """The address of the OCSP responder: the one that is set, or else the certificate's own (RFC 5280 section 4.2.2.1)."""
        if self.settings.ocsp_url is not None:
            return self.settings.ocsp_url
        descriptions = find_extension(self.certificate.extensions, x509.AuthorityInformationAccess) or ()
        named = (d.access_location for d in descriptions if d.access_method == AuthorityInformationAccessOID.OCSP)
        return next(iter(_list_addresses(named)), None)


def _list_addresses(names: Iterable[x509.GeneralName]) -> tuple[str, ...]:
    texts = (name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))
    return tuple(dict.fromkeys(text for text in texts if _is_address(text)))[:MAX_ADDRESSES]


def _is_address(text: str) -> bool:
    try:
        plain = text.isascii() and text.isprintable() and len(text) <= _MAX_URL
        return plain and urlsplit(text).scheme in {"http", "https"}
    except ValueError:
        return False
