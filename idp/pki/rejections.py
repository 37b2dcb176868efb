"""Why a presented certificate is not accepted."""

from enum import StrEnum
from typing import ClassVar

from idp.errors import IdpError
from idp.pki.presented import PresentedFacts


class Reason(StrEnum):
    """The outcome of judging a certificate.

    `none`: there was none; `unknown`: our key signed it, but it was never recorded; `resumed`: the TLS session
    was an old one, so nobody was asked for a certificate; `superseded`: it was renewed, and its time beside the new
    one is over; `status_unknown`: its issuer did not say whether it is revoked; `wrong_policy`: it is not issued under a
    policy that its foreign anchor demands; `unmapped`: it is good, and of no account; `ambiguous`: it names several
    accounts; `registration_off`: it is good, and people may not register it themselves.
    """

    ACCEPTED = "accepted"
    NONE = "none"
    MALFORMED = "malformed"
    UNTRUSTED_ISSUER = "untrusted_issuer"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WRONG_USAGE = "wrong_usage"
    WEAK_KEY = "weak_key"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    OTHER_USER = "other_user"
    UNKNOWN = "unknown"
    RESUMED = "resumed"
    STATUS_UNKNOWN = "status_unknown"
    WRONG_POLICY = "wrong_policy"
    UNMAPPED = "unmapped"
    AMBIGUOUS = "ambiguous"
    REGISTRATION_OFF = "registration_off"


class CertificateRejected(IdpError):
    """A certificate does not pass; `presented` is what can be shown of it, None where nothing can."""

    reason: ClassVar[Reason]

    def __init__(self, detail: str, presented: PresentedFacts | None = None) -> None:
        super().__init__(f"{self.reason}: {detail}")
        self.presented = presented


class MalformedCertificate(CertificateRejected):
    """It cannot be read (RFC 5280 section 4.1)."""

    reason = Reason.MALFORMED


class UntrustedIssuer(CertificateRejected):
    """No path leads to a root of this realm (RFC 5280 section 6.1)."""

    reason = Reason.UNTRUSTED_ISSUER


class CertificateExpired(CertificateRejected):
    """One of ours, but its time is over (RFC 5280 section 6.1.3 (a)(2))."""

    reason = Reason.EXPIRED


class CertificateNotYetValid(CertificateRejected):
    """One of ours, but its time has not come (RFC 5280 section 6.1.3 (a)(2))."""

    reason = Reason.NOT_YET_VALID


class WrongUsage(CertificateRejected):
    """One of ours, but not for client authentication (RFC 5280 sections 4.2.1.3, 4.2.1.9, 4.2.1.12)."""

    reason = Reason.WRONG_USAGE


class WeakKey(CertificateRejected):
    """One of ours, but its key is too weak or of a kind that is not accepted."""

    reason = Reason.WEAK_KEY


class CertificateRevoked(CertificateRejected):
    """An authority above it was revoked, or its foreign issuer has revoked it (RFC 5280 section 6.3.3, RFC 6960 section 2.2)."""

    reason = Reason.REVOKED


class StatusUnknown(CertificateRejected):
    """Whether a foreign certificate is revoked cannot be learnt at the moment."""

    reason = Reason.STATUS_UNKNOWN


class WrongPolicy(CertificateRejected):
    """It is not issued under the certificate policies that are demanded (RFC 5280 section 4.2.1.4)."""

    reason = Reason.WRONG_POLICY
