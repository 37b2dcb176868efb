"""Whether a revocation list is believed, and what it speaks of (RFC 5280 sections 5.2 and 6.3.3).

Only complete lists that an issuer has signed about its own certificates are: no delta lists, no indirect ones, none for some reasons.
One that is for user certificates, for authorities or for some distribution points is kept as that, and never taken for the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from idp.pki.foreign_revocation.errors import ListRefused
from idp.pki.foreign_revocation.issuers import issuer_key, may_sign_lists
from idp.pki.foreign_revocation.list_document import ListDocument
from idp.pki.foreign_revocation.signatures import Parameters, is_accepted_digest, is_signed_by
from idp.pki.usage import find_extension

CLOCK_SKEW = timedelta(minutes=5)
_MAX_NUMBER_OCTETS = 20  # RFC 5280 section 5.2.3
_MAX_DISTRIBUTION_POINTS = 32
# Those that do not change what a list says may be critical as well.
_UNDERSTOOD = (x509.CRLNumber, x509.AuthorityKeyIdentifier, x509.IssuingDistributionPoint, x509.IssuerAlternativeName)


class Scope(StrEnum):
    """Which certificates of the issuer a list speaks of."""

    ALL = "all"
    USER = "user"
    CA = "ca"


@dataclass(frozen=True)
class VerifiedList:
    """A list that is believed; without *distribution_points* it is for certificates with any of them and none."""

    document: ListDocument
    issuer: x509.Certificate
    issuer_key: str
    number: int | None
    scope: Scope
    distribution_points: tuple[str, ...]
    this_update: datetime
    next_update: datetime | None


def verify_list(
    document: ListDocument, candidates: Sequence[x509.Certificate], now: datetime, maximum_age: timedelta
) -> VerifiedList:
    """Return the list of one of the *candidates*; raise `ListRefused` where it is somebody else's, old, or not the whole."""
    issuer = _find_signer(document, candidates)
    this_update, next_update = document.head.last_update_utc, document.head.next_update_utc
    _verify_times(this_update, next_update, now, maximum_age)
    scope, points = _read_scope(document.extensions)
    number = _read_number(document.extensions)
    return VerifiedList(document, issuer, issuer_key(issuer), number, scope, points, this_update, next_update)


def _find_signer(document: ListDocument, candidates: Sequence[x509.Certificate]) -> x509.Certificate:
    named = [candidate for candidate in candidates if candidate.subject == document.head.issuer]
    if not named:
        raise ListRefused(f"its issuer is not known here: {document.head.issuer.rfc4514_string()}")
    algorithm, parameters = _read_algorithm(document.head)
    digest = document.hash_signed(algorithm)
    signature = document.head.signature
    signers = [c for c in named if is_signed_by(c.public_key(), signature, digest, algorithm, parameters)]
    if not signers:
        raise ListRefused("its signature is not its issuer's")
    allowed = next(
        (signer for signer in signers if may_sign_lists(signer)), None
    )  # a key may have several certificates
    if allowed is None:
        raise ListRefused("its issuer's certificate is not for signing lists (cRLSign)")
    return allowed


def _read_algorithm(head: x509.CertificateRevocationList) -> tuple[hashes.HashAlgorithm, Parameters]:
    try:
        algorithm, parameters = head.signature_hash_algorithm, head.signature_algorithm_parameters
    except (UnsupportedAlgorithm, ValueError) as error:
        raise ListRefused("its signature is of a kind that is not read") from error
    if algorithm is None or not is_accepted_digest(algorithm):
        raise ListRefused("its signature is of a kind that is not accepted")
    return algorithm, parameters


def _verify_times(this_update: datetime, next_update: datetime | None, now: datetime, maximum_age: timedelta) -> None:
    if this_update > now + CLOCK_SKEW:
        raise ListRefused(f"it is of the future: thisUpdate {this_update:%Y-%m-%d %H:%M} UTC")
    until = next_update or this_update + maximum_age
    if until <= now or until <= this_update:
        raise ListRefused(f"it is too old: nextUpdate {until:%Y-%m-%d %H:%M} UTC")


def _read_scope(extensions: x509.Extensions) -> tuple[Scope, tuple[str, ...]]:
    for extension in extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            raise ListRefused("it is a delta list")
        if extension.critical and not isinstance(extension.value, _UNDERSTOOD):
            raise ListRefused(f"it has a critical extension that is not known: {extension.oid.dotted_string}"[:200])
    point = find_extension(extensions, x509.IssuingDistributionPoint)
    if point is None:
        return Scope.ALL, ()
    if point.indirect_crl:
        raise ListRefused("it is an indirect list")
    if point.only_some_reasons is not None or point.only_contains_attribute_certs:
        raise ListRefused("it is for some reasons alone, or not for certificates of this kind")
    scope = Scope.USER if point.only_contains_user_certs else Scope.CA if point.only_contains_ca_certs else Scope.ALL
    return scope, _read_points(point)


def _read_points(point: x509.IssuingDistributionPoint) -> tuple[str, ...]:
    if point.full_name is None and point.relative_name is None:
        return ()
    uris = (name.value for name in point.full_name or () if isinstance(name, x509.UniformResourceIdentifier))
    names = [uri for uri in uris if uri.isprintable()]
    if not names:
        raise ListRefused("it is for a distribution point that has no address")
    return tuple(names[:_MAX_DISTRIBUTION_POINTS])


def _read_number(extensions: x509.Extensions) -> int | None:
    extension = find_extension(extensions, x509.CRLNumber)
    if extension is None:
        return None
    if not 0 <= extension.crl_number < 1 << 8 * _MAX_NUMBER_OCTETS:
        raise ListRefused("its number is none")
    return extension.crl_number
