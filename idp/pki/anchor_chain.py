"""What an administrator uploads for a foreign trust anchor: its certificate in PEM, and after it those that lead to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from idp.errors import InvalidInput
from idp.pki.path_validation import has_issued
from idp.pki.usage import has_strong_key

_MAXIMUM_OCTETS = 256 * 1024
_MAXIMUM_INTERMEDIATES = 32
_FIELD = "certificate"


@dataclass(frozen=True)
class Chain:
    """The anchor, and authorities below it."""

    anchor: x509.Certificate
    intermediates: tuple[x509.Certificate, ...]


def read_chain(pem: bytes, now: datetime) -> Chain:
    """Return the certificates of *pem*: the first is the anchor, the rest lead to it, in any order.

    Raises `InvalidInput` where one of them is no authority that is strong enough and within its time, where one is there twice,
    and where one does not lead to the anchor.
    """
    certificates = _parse(pem)
    for certificate in certificates:
        problem = _find_problem(certificate, now)
        if problem:
            raise _refuse(f"{certificate.subject.rfc4514_string()[:200] or 'A certificate'} {problem}.")
    anchor, *rest = certificates
    if len(set(certificates)) < len(certificates):
        raise _refuse("A certificate is there twice.")
    unrelated = _find_unrelated(anchor, rest)
    if unrelated:
        raise _refuse(f"{unrelated[0].subject.rfc4514_string()[:200]} does not lead to the first certificate.")
    return Chain(anchor, tuple(rest))


def _parse(pem: bytes) -> list[x509.Certificate]:
    if len(pem) > _MAXIMUM_OCTETS:
        raise _refuse(f"Use at most {_MAXIMUM_OCTETS // 1024} kB.")
    try:
        certificates = x509.load_pem_x509_certificates(pem)
        for certificate in certificates:
            certificate.extensions  # noqa: B018 (parsed on access)
            certificate.subject, certificate.issuer  # noqa: B018
    except Exception as error:  # the parser raises one of several
        raise _refuse("These are not certificates in PEM.") from error
    if len(certificates) > _MAXIMUM_INTERMEDIATES + 1:
        raise _refuse(f"Use at most {_MAXIMUM_INTERMEDIATES} certificates beside the anchor.")
    return certificates


def _find_problem(certificate: x509.Certificate, now: datetime) -> str:
    """Tell what keeps paths from leading over *certificate* (RFC 5280 sections 4.2.1.3, 4.2.1.9, 4.2.1.12)."""
    if not _is_authority(certificate):
        return "is no authority: basicConstraints, and keyUsage with keyCertSign, have to say so"
    if not has_strong_key(certificate):
        return "has a key that is too weak or of a kind that is not accepted"
    if certificate.not_valid_after_utc < now:
        return "is of the past"
    if certificate.not_valid_before_utc > now:
        return "is of the future"
    extended = _find_usage(certificate)
    if extended is not None and ExtendedKeyUsageOID.CLIENT_AUTH not in extended and _ANY_USAGE not in extended:
        return "is not for client authentication"
    return ""


def _is_authority(certificate: x509.Certificate) -> bool:
    extensions = certificate.extensions
    try:
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return constraints.ca and usage.key_cert_sign


def _find_usage(certificate: x509.Certificate) -> x509.ExtendedKeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return None


def _find_unrelated(anchor: x509.Certificate, rest: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Return those of *rest* that neither the anchor nor one that leads to it has issued."""
    known, left = [anchor], list(rest)
    while True:
        next_ones = [c for c in left if any(has_issued(issuer, c) for issuer in known)]
        if not next_ones:
            return left
        known, left = next_ones, [c for c in left if c not in next_ones]


def _refuse(text: str) -> InvalidInput:
    return InvalidInput(**{_FIELD: text})


_ANY_USAGE = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
