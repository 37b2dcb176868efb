"""The certification path of a presented certificate (RFC 5280 section 6), with a precise reason.

`cryptography` builds and verifies the path; it names one failure for all, so the end entity's dates, usage
and key are judged here. The order is chosen for the person: *from another authority* comes before *expired*.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

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
from idp.pki.trust import Anchor, TrustStore
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
    """A certificate whose path, dates, usage and key are good, and the path up to the pinned root.

    `anchor` is the foreign anchor that the path ends in, None for one of the realm's own roots.
    """

    certificate: x509.Certificate
    presented: PresentedFacts
    path: tuple[x509.Certificate, ...]
    anchor: Anchor | None = None


def verify_client_certificate(
    leaf_der: bytes, intermediates: Sequence[bytes], trust: TrustStore, now: datetime
) -> ValidatedCertificate:
    """Return the certificate with its path to one of the realm's roots.

    A root is trusted by its key, never by its name. Intermediate certificates that cannot be read are left
    out. Raises one of the subclasses of `CertificateRejected`; revocation and ownership are judged elsewhere.
    """
    certificate, presented = parse_certificate(leaf_der)
    path = build_path(certificate, presented, intermediates, trust, now)
    return verify_leaf(ValidatedCertificate(certificate, presented, path), now)


def verify_leaf(candidate: ValidatedCertificate, now: datetime) -> ValidatedCertificate:
    """Return *candidate*, whose path is good, if its dates, usage and key are; raise one of `CertificateRejected`."""
    verify_dates(candidate.presented, now)
    verify_usage(candidate)
    verify_key(candidate)
    return candidate


def verify_dates(presented: PresentedFacts, now: datetime) -> None:
    """Raise `CertificateExpired` or `CertificateNotYetValid`."""
    if now > presented.not_after:
        raise CertificateExpired("its time is over", presented)
    if now < presented.not_before:
        raise CertificateNotYetValid("its time has not come", presented)


def verify_usage(candidate: ValidatedCertificate, *, named: bool = True) -> None:
    """Raise `WrongUsage`; *named* is as for `is_for_client_authentication`."""
    if not is_for_client_authentication(candidate.certificate, named=named):
        raise WrongUsage("not for client authentication", candidate.presented)


def verify_key(candidate: ValidatedCertificate) -> None:
    """Raise `WeakKey`."""
    if not has_strong_key(candidate.certificate):
        raise WeakKey("the key is not accepted", candidate.presented)


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
    candidates = [*trust.issuing, *parse_intermediates(intermediates)]
    try:
        path = verify_path(certificate, presented, trust.anchors, candidates, now)
    except VerificationError as error:
        raise explain_failure(error, certificate, presented, trust.issuing, now) from error
    verify_authorities(path, presented, trust)
    return path


def verify_authorities(path: tuple[x509.Certificate, ...], presented: PresentedFacts, trust: TrustStore) -> None:
    """Verify what the path builder leaves to us: raise `CertificateRevoked` or `WrongUsage`."""
    if trust.find_revoked(path[1:]) is not None:
        raise CertificateRevoked("its issuer was revoked", presented)
    if constrains_policies(path):
        raise WrongUsage("an authority constrains policies, which are not processed", presented)
    if constrains_names_in_vain(path):
        raise WrongUsage("an authority constrains names of a kind that is not compared", presented)


def verify_path(
    certificate: x509.Certificate,
    presented: PresentedFacts,
    anchors: Store,
    candidates: list[x509.Certificate],
    now: datetime,
) -> tuple[x509.Certificate, ...]:
    """Return the path over *candidates* to one of *anchors*, at the instant nearest to *now* at which the end entity was valid.

    Raises `VerificationError`.
    """
    instant = min(max(now, presented.not_before), presented.not_after)
    verifier = _POLICY.store(anchors).time(instant).build_client_verifier()
    return tuple(verifier.verify(certificate, candidates).chain)


def constrains_policies(path: Sequence[x509.Certificate]) -> bool:
    """Tell whether policies decide below the root, also where an authority does not mark that as critical, as it must.

    RFC 5280 sections 4.2.1.11 and 4.2.1.14.
    """
    extensions = (extension for authority in path[1:-1] for extension in authority.extensions)
    return any(isinstance(extension.value, _POLICY_CONSTRAINTS) for extension in extensions)


def explain_failure(
    error: VerificationError,
    certificate: x509.Certificate,
    presented: PresentedFacts,
    issuers: Iterable[x509.Certificate],
    now: datetime,
) -> CertificateExpired | CertificateNotYetValid | UntrustedIssuer | WrongUsage:
    """Tell a certificate that one of *issuers* signed from a stranger's."""
    issuer = next((issuer for issuer in issuers if has_issued(issuer, certificate)), None)
    if issuer is None:
        return UntrustedIssuer(str(error)[:200], presented)
    if now > issuer.not_valid_after_utc:
        return CertificateExpired("the time of its issuer is over", presented)
    if now > presented.not_after:
        return CertificateExpired("its time is over", presented)
    if now < presented.not_before:
        return CertificateNotYetValid("its time has not come", presented)
    return WrongUsage(str(error)[:200], presented)


def has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Tell whether *issuer* has the name and the key that *certificate* was issued with."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def parse_intermediates(intermediates: Sequence[bytes]) -> list[x509.Certificate]:
    """Return the first few that can be read."""
    parsed = []
    for der in intermediates[:_MAXIMUM_INTERMEDIATES]:
        try:
            certificate = x509.load_der_x509_certificate(der[:_MAXIMUM_OCTETS])
            certificate.extensions  # noqa: B018 (parsed on access)
        except Exception:  # noqa: S112 (whatever the parser raises at what a stranger wrote)
            continue
        parsed.append(certificate)
    return parsed
