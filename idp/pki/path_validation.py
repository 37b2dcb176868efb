"""The certification path of a presented certificate (RFC 5280 section 6), with a precise reason.

`cryptography` builds and verifies the path; it names one failure for all, so the end entity's dates, usage
and key are judged here. The order is chosen for the person: *from another authority* comes before *expired*.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, VerificationError

from idp.pki.name_constraints import constrains_names_in_vain
from idp.pki.presented import PresentedFacts, read_facts
from idp.pki.rejections import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRevoked,
    MalformedCertificate,
    UntrustedIssuer,
    WeakKey,
    WrongUsage,
)
from idp.pki.trust import TrustStore
from idp.pki.usage import has_strong_key, is_for_client_authentication

# The listener takes what a stranger sends: bounds on the work that can be asked of the path builder.
_MAXIMUM_OCTETS = 16 * 1024
_MAXIMUM_INTERMEDIATES = 4
_MAXIMUM_AUTHORITIES_BELOW_ROOT = 3
_SERIAL_NUMBERS = range(1, 1 << 159)  # RFC 5280 section 4.1.2.2
_POLICY_CONSTRAINTS = (x509.PolicyConstraints, x509.InhibitAnyPolicy)
_POLICY = (
    PolicyBuilder()
    .max_chain_depth(_MAXIMUM_AUTHORITIES_BELOW_ROOT)
    .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all())
)


@dataclass(frozen=True)
class ValidatedCertificate:
    """A certificate whose path, dates, usage and key are good, and the path up to the pinned root."""

    certificate: x509.Certificate
    presented: PresentedFacts
    path: tuple[x509.Certificate, ...]


def verify_client_certificate(
    leaf_der: bytes, intermediates: Sequence[bytes], trust: TrustStore, now: datetime
) -> ValidatedCertificate:
    """Return the certificate with its path to one of the realm's roots.

    A root is trusted by its key, never by its name. Intermediate certificates that cannot be read are left
    out. Raises one of the subclasses of `CertificateRejected`; revocation and ownership are judged elsewhere.
    """
    certificate, presented = parse_certificate(leaf_der)
    path = build_path(certificate, presented, intermediates, trust, now)
    if now > presented.not_after:
        raise CertificateExpired("its time is over", presented)
    if now < presented.not_before:
        raise CertificateNotYetValid("its time has not come", presented)
    if not is_for_client_authentication(certificate):
        raise WrongUsage("not for client authentication", presented)
    if not has_strong_key(certificate):
        raise WeakKey("the key is not accepted", presented)
    return ValidatedCertificate(certificate, presented, path)


def parse_certificate(der: bytes) -> tuple[x509.Certificate, PresentedFacts]:
    """Return the certificate with every part read that is used later; raise `MalformedCertificate`.

    The parser is lazy, and a stranger wrote this.
    """
    if len(der) > _MAXIMUM_OCTETS:
        raise MalformedCertificate(f"{len(der)} octets")
    try:
        certificate = x509.load_der_x509_certificate(der)
        presented = read_facts(certificate)
    except Exception as error:
        raise MalformedCertificate(type(error).__name__) from error
    try:
        certificate.extensions  # noqa: B018 (parsed on access)
    except Exception as error:
        raise MalformedCertificate(type(error).__name__, presented) from error
    if certificate.serial_number not in _SERIAL_NUMBERS:
        raise MalformedCertificate("the serial number is not positive, or of more than 20 octets", presented)
    if not der.endswith(b"\x00" + certificate.signature):  # the count of unused bits (X.690 section 8.6.2.2)
        raise MalformedCertificate("the signature is not a whole number of octets", presented)
    return certificate, presented


def build_path(
    certificate: x509.Certificate,
    presented: PresentedFacts,
    intermediates: Sequence[bytes],
    trust: TrustStore,
    now: datetime,
) -> tuple[x509.Certificate, ...]:
    """Verify the path as of *now*, or as of the nearest instant at which the end entity was valid.

    The authorities' revocation is judged here; the end entity's own, its dates, usage and key are not.
    """
    if trust.anchors is None:
        raise UntrustedIssuer("the realm has no authority", presented)
    instant = min(max(now, presented.not_before), presented.not_after)
    candidates = [*trust.issuing, *_parse_intermediates(intermediates)]
    try:
        verifier = _POLICY.store(trust.anchors).time(instant).build_client_verifier()
        path = tuple(verifier.verify(certificate, candidates).chain)
    except VerificationError as error:
        raise _explain(error, certificate, presented, trust, now) from error
    if trust.find_revoked(path[1:]) is not None:
        raise CertificateRevoked("its issuer was revoked", presented)
    if any(_constrains_policies(authority) for authority in path[1:-1]):
        raise WrongUsage("an authority constrains policies, which are not processed", presented)
    if constrains_names_in_vain(path):
        raise WrongUsage("an authority constrains names of a kind that is not compared", presented)
    return path


def _constrains_policies(authority: x509.Certificate) -> bool:
    """Tell whether policies decide (RFC 5280 sections 4.2.1.11, 4.2.1.14), also where not marked critical, as it must be."""
    return any(isinstance(extension.value, _POLICY_CONSTRAINTS) for extension in authority.extensions)


def _explain(
    error: VerificationError,
    certificate: x509.Certificate,
    presented: PresentedFacts,
    trust: TrustStore,
    now: datetime,
) -> CertificateExpired | CertificateNotYetValid | UntrustedIssuer | WrongUsage:
    """Tell a certificate that an authority of ours signed from a stranger's."""
    issuer = next((issuer for issuer in trust.issuing if _has_issued(issuer, certificate)), None)
    if issuer is None:
        return UntrustedIssuer(str(error)[:200], presented)
    if now > issuer.not_valid_after_utc:
        return CertificateExpired("the time of its issuer is over", presented)
    if now > presented.not_after:
        return CertificateExpired("its time is over", presented)
    if now < presented.not_before:
        return CertificateNotYetValid("its time has not come", presented)
    return WrongUsage(str(error)[:200], presented)


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _parse_intermediates(intermediates: Sequence[bytes]) -> list[x509.Certificate]:
    parsed = []
    for der in intermediates[:_MAXIMUM_INTERMEDIATES]:
        try:
            certificate = x509.load_der_x509_certificate(der[:_MAXIMUM_OCTETS])
            certificate.extensions  # noqa: B018 (parsed on access)
        except Exception:  # noqa: S112 (whatever the parser raises at what a stranger wrote)
            continue
        parsed.append(certificate)
    return parsed
