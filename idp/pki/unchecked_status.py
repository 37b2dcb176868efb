"""What is known of a foreign certificate's revocation where nobody looks it up: nothing."""

from cryptography import x509

from idp.pki.anchor_settings import RevocationMethod, RevocationSettings
from idp.pki.foreign_status import Assurance
from idp.pki.rejections import StatusUnknown


def assume_unknown(anchor_id: str, settings: RevocationSettings, path: tuple[x509.Certificate, ...]) -> Assurance:  # noqa: ARG001 (the contract of a lookup names them)
    """Return what *settings* say of the unknown; raise `StatusUnknown` where they want to know."""
    if settings.method is RevocationMethod.NONE:
        return Assurance.NOT_DEMANDED
    if settings.fail_open:
        return Assurance.FAILED_OPEN
    raise StatusUnknown("revocation is not looked up")
