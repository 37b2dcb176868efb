"""What is known of a foreign certificate's revocation when it is judged; where it comes from is for others to say."""

from enum import StrEnum
from typing import Protocol

from cryptography import x509

from idp.pki.anchor_settings import RevocationSettings


class Assurance(StrEnum):
    """How sure it is that nothing on a path is revoked."""

    CHECKED = "checked"
    NOT_DEMANDED = "not_demanded"
    FAILED_OPEN = "failed_open"


class StatusLookup(Protocol):
    """Looks up the revocation of every certificate of a path below the anchor (RFC 5280 section 6.3, RFC 6960)."""

    def __call__(self, anchor_id: str, settings: RevocationSettings, path: tuple[x509.Certificate, ...]) -> Assurance:
        """Return how sure it is that none of *path* (end entity first, anchor last) is revoked.

        Raises `CertificateRevoked` where one is, and `StatusUnknown` where it cannot be learnt and the settings fail closed.
        """
