"""What a responder is asked about one certificate, and whether its answer is believed (RFC 6960 sections 3.2, 4.2.2.2 and 4.2.2.3).

The CertID is hashed with SHA-1: it names an issuer that both sides know already and protects nothing, and there are responders that
know no other (RFC 5019; its successor RFC 9919 prefers SHA-256 and keeps SHA-1). A nonce is sent, and an answer that has another
is refused; one without is not, as answers that are made ahead of time have none (RFC 9654 section 2.1).
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from idp.pki.foreign_revocation.errors import AnswerRefused
from idp.pki.foreign_revocation.issuers import serial_octets
from idp.pki.foreign_revocation.ocsp_signer import find_signer
from idp.pki.foreign_revocation.questions import Standing

MAX_ANSWER_OCTETS = 65_536
CLOCK_SKEW = timedelta(minutes=5)
_NONCE_OCTETS = 32  # RFC 9654 section 2.1
_STANDINGS = {
    ocsp.OCSPCertStatus.GOOD: Standing.GOOD,
    ocsp.OCSPCertStatus.REVOKED: Standing.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: Standing.UNKNOWN,
}


@dataclass(frozen=True)
class OcspQuestion:
    """A request in DER, and what its answer is compared with."""

    issuer: x509.Certificate
    serial_number: int
    name_hash: bytes
    key_hash: bytes
    nonce: bytes
    data: bytes


@dataclass(frozen=True)
class VerifiedAnswer:
    """What a responder says, until when that is fresh, and the serial number of the delegate that has signed it, if it was one."""

    standing: Standing
    this_update: datetime
    fresh_until: datetime
    delegate: bytes | None


def build_question(issuer: x509.Certificate, serial_number: int) -> OcspQuestion:
    """Return the request for the certificate with this serial number."""
    digest = hashes.Hash(hashes.SHA1())  # noqa: S303 (a name for what both sides know)
    digest.update(issuer.subject.public_bytes())
    name_hash = digest.finalize()
    key_hash = x509.SubjectKeyIdentifier.from_public_key(issuer.public_key()).digest
    nonce = secrets.token_bytes(_NONCE_OCTETS)
    request = (
        ocsp.OCSPRequestBuilder()
        .add_certificate_by_hash(name_hash, key_hash, serial_number, hashes.SHA1())  # noqa: S303
        .add_extension(x509.OCSPNonce(nonce), critical=False)
        .build()
    )
    return OcspQuestion(issuer, serial_number, name_hash, key_hash, nonce, request.public_bytes(Encoding.DER))


def verify_answer(
    data: bytes, question: OcspQuestion, signer: x509.Certificate | None, now: datetime, maximum_age: timedelta
) -> VerifiedAnswer:
    """Return what the answer in DER *data* says; *signer* is believed beside the issuer and its delegates.

    Raises `AnswerRefused`.
    """
    try:
        response = ocsp.load_der_ocsp_response(data)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise AnswerRefused(f"the responder says {response.response_status.name.lower()}")
        _verify_extensions(response, question.nonce)
        single = _find_single(response, question)
        delegate = find_signer(response, question.issuer, signer, now)
        fresh_until = _verify_times(single, now, maximum_age)
        standing = _STANDINGS[single.certificate_status]
        return VerifiedAnswer(
            standing, single.this_update_utc, fresh_until, serial_octets(delegate.serial_number) if delegate else None
        )
    except AnswerRefused:
        raise
    except Exception as error:  # the parser is lazy, and a stranger wrote this
        raise AnswerRefused(f"malformed: {type(error).__name__}: {error}"[:200]) from error


def _verify_extensions(response: ocsp.OCSPResponse, nonce: bytes) -> None:
    for extension in response.extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            if extension.value.nonce != nonce:
                raise AnswerRefused("it has the nonce of another question")
        elif extension.critical:
            raise AnswerRefused("it has a critical extension that is not known")


def _find_single(response: ocsp.OCSPResponse, question: OcspQuestion) -> ocsp.OCSPSingleResponse:
    for single in response.responses:
        if (
            isinstance(single.hash_algorithm, hashes.SHA1)
            and single.issuer_name_hash == question.name_hash
            and single.issuer_key_hash == question.key_hash
            and single.serial_number == question.serial_number
        ):
            return single
    raise AnswerRefused("it is about another certificate")


def _verify_times(single: ocsp.OCSPSingleResponse, now: datetime, maximum_age: timedelta) -> datetime:
    this_update, next_update = single.this_update_utc, single.next_update_utc
    if this_update > now + CLOCK_SKEW:
        raise AnswerRefused("it is of the future")
    until = next_update or this_update + maximum_age
    if until <= now or until <= this_update:
        raise AnswerRefused(f"it is too old: nextUpdate {until:%Y-%m-%d %H:%M} UTC")
    return until
