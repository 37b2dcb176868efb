"""What a page may show of a certificate that a browser presented, whoever issued it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from idp.pki.names import printable
from idp.pki.serial_numbers import format_serial_number


@dataclass(frozen=True)
class PresentedFacts:
    """Names in RFC 4514 form, the serial number and the SHA-256 fingerprint in hexadecimal."""

    subject: str
    issuer: str
    serial_number: str
    not_before: datetime
    not_after: datetime
    fingerprint: str

    def to_dict(self) -> dict[str, str]:
        """Return the facts as texts, instants in ISO 8601."""
        return {
            **self.__dict__,
            "not_before": self.not_before.isoformat(),
            "not_after": self.not_after.isoformat(),
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "PresentedFacts":
        """Return the facts that `to_dict` wrote."""
        instants = {name: datetime.fromisoformat(values[name]) for name in ("not_before", "not_after")}
        return cls(**{**values, **instants})


def read_facts(certificate: x509.Certificate) -> PresentedFacts:
    """Read the facts; raise `ValueError` where a part of the certificate cannot be read."""
    return PresentedFacts(
        subject=printable(certificate.subject.rfc4514_string()),
        issuer=printable(certificate.issuer.rfc4514_string()),
        serial_number=format_serial_number(certificate.serial_number),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
    )
