"""People's certificates, of the realm's own authorities and of foreign ones (RFC 5280 section 6).

A foreign anchor is trusted for its key: a path ends in its very certificate, whose key has verified the last signature. Of several
anchors that a certificate leads to, the nearest counts, and of equally near ones the oldest. A path over a key of our own is never
a foreign one, whoever certified that key: what we issued and no longer know must not come back by another way.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.verification import VerificationError

from idp.pki.path_validation import (
    ValidatedCertificate,
    build_path,
    explain_failure,
    parse_certificate,
    parse_intermediates,
    verify_authorities,
    verify_client_certificate,
    verify_dates,
    verify_key,
    verify_leaf,
    verify_path,
    verify_usage,
)
from idp.pki.policies import asserts_policies
from idp.pki.presented import PresentedFacts
from idp.pki.rejections import CertificateRejected, UntrustedIssuer, WrongPolicy
from idp.pki.trust import Anchor, TrustStore, read_public_key

Path = tuple[x509.Certificate, ...]


def verify_persons_certificate(
    leaf_der: bytes, intermediates: Sequence[bytes], trust: TrustStore, now: datetime
) -> ValidatedCertificate:
    """Return the certificate with its path to one of the realm's roots, or else to a foreign anchor.

    Raises one of the subclasses of `CertificateRejected`; revocation and ownership are judged elsewhere.
    """
    if not trust.foreign:
        return verify_client_certificate(leaf_der, intermediates, trust, now)
    candidate = find_path(*parse_certificate(leaf_der), intermediates, trust, now)
    if candidate.anchor is None:
        return verify_leaf(candidate, now)
    for verify in FOREIGN_CHECKS.values():
        verify(candidate, candidate.anchor, now)
    return candidate


def find_path(
    certificate: x509.Certificate,
    presented: PresentedFacts,
    intermediates: Sequence[bytes],
    trust: TrustStore,
    now: datetime,
) -> ValidatedCertificate:
    """Return the certificate with its path, of which nothing else is verified yet; raise one of `CertificateRejected`."""
    own: Path = ()
    refusal: CertificateRejected | None = None
    try:
        own = build_path(certificate, presented, intermediates, trust, now)
    except CertificateRejected as rejection:
        refusal = rejection
    if goes_over(own, trust.own_keys):
        return ValidatedCertificate(certificate, presented, own)
    try:
        return _find_anchored(certificate, presented, intermediates, trust, now)
    except UntrustedIssuer:
        if refusal is not None:
            raise refusal from None
        return ValidatedCertificate(certificate, presented, own)


def goes_over(path: Path, keys: frozenset[bytes]) -> bool:
    """Tell whether one of *keys* has an authority's place in *path*."""
    return any(read_public_key(authority) in keys for authority in path[1:])


def _find_anchored(
    certificate: x509.Certificate,
    presented: PresentedFacts,
    intermediates: Sequence[bytes],
    trust: TrustStore,
    now: datetime,
) -> ValidatedCertificate:
    # one that issues itself leads nowhere, and many of one name and key would make much work
    sent = [authority for authority in parse_intermediates(intermediates) if authority.subject != authority.issuer]
    found = []
    error = VerificationError("the realm has no anchor")
    for anchor in trust.foreign:
        try:
            path = verify_path(certificate, presented, anchor.store, [*anchor.intermediates, *sent], now)
        except VerificationError as failure:
            error = failure
            continue
        if not goes_over(path, trust.own_keys):
            found.append(ValidatedCertificate(certificate, presented, path, anchor))
    if not found:
        authorities = (authority for anchor in trust.foreign for authority in anchor.authorities)
        foreign = (authority for authority in authorities if read_public_key(authority) not in trust.own_keys)
        raise explain_failure(error, certificate, presented, foreign, now)
    nearest = min(found, key=lambda candidate: len(candidate.path))
    verify_authorities(nearest.path, presented, trust)
    return nearest


def _verify_time(candidate: ValidatedCertificate, _anchor: Anchor, now: datetime) -> None:
    verify_dates(candidate.presented, now)


def _verify_usage(candidate: ValidatedCertificate, anchor: Anchor, _now: datetime) -> None:
    verify_usage(candidate, named=anchor.settings.require_client_auth)


def _verify_key(candidate: ValidatedCertificate, _anchor: Anchor, _now: datetime) -> None:
    verify_key(candidate)


def _verify_policies(candidate: ValidatedCertificate, anchor: Anchor, _now: datetime) -> None:
    settings = anchor.settings
    if not asserts_policies(candidate.path, settings.policies, settings.policy_mode):
        raise WrongPolicy("not issued under the policies that are demanded", candidate.presented)


FOREIGN_CHECKS: Mapping[str, Callable[[ValidatedCertificate, Anchor, datetime], None]] = {
    "time": _verify_time,
    "usage": _verify_usage,
    "key": _verify_key,
    "policies": _verify_policies,
}
"""What is demanded of a certificate whose path leads to a foreign anchor, in the order in which it is told."""
