"""OCSP requests and answers about the certificates of one authority (RFC 6960 section 4; RFC 9654 for nonces)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from idp.errors import IdpError
from idp.pki.revocation import RevocationReason

ANSWER_LIFETIME = timedelta(hours=1)
_LONGEST_NONCE = 128
_ALGORITHMS = (hashes.SHA256, hashes.SHA1, hashes.SHA384, hashes.SHA512)


class Failure(Enum):
    """Why there is no answer, as it is told without a signature (RFC 6960 section 2.3)."""

    MALFORMED = ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    UNAUTHORIZED = ocsp.OCSPResponseStatus.UNAUTHORIZED
    TRY_LATER = ocsp.OCSPResponseStatus.TRY_LATER

    def encode(self) -> bytes:
        """Return it in DER."""
        return ocsp.OCSPResponseBuilder.build_unsuccessful(self.value).public_bytes(Encoding.DER)


class OcspFailed(IdpError):
    """There is no answer to this request; `failure` is what is told."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.name)
        self.failure = failure


@dataclass(frozen=True)
class IssuerHash:
    """An issuer as requests name it: hashes of its name and of its key (RFC 6960 section 4.1.1)."""

    algorithm: str
    name: bytes
    key: bytes


@dataclass(frozen=True)
class OcspRequest:
    """What is asked: a serial number of an issuer, and the nonce that the answer is to repeat."""

    issuer: IssuerHash
    serial_number: int
    nonce: bytes | None


@dataclass(frozen=True)
class CertificateStatus:
    """What is known of a certificate: nothing, that it is good, or when and why it was revoked."""

    known: bool
    revoked_at: datetime | None = None
    reason: str | None = None


def read_request(data: bytes) -> OcspRequest:
    """Return the request for one certificate in DER *data*; raise `OcspFailed`.

    A signature of the requestor is not looked at: whoever asks is answered.
    """
    try:
        request = ocsp.load_der_ocsp_request(data)
        nonce = _read_nonce(request.extensions)
        issuer = IssuerHash(request.hash_algorithm.name, request.issuer_name_hash, request.issuer_key_hash)
        serial_number = request.serial_number
    except UnsupportedAlgorithm as error:
        raise OcspFailed(Failure.UNAUTHORIZED) from error
    except (ValueError, NotImplementedError, x509.DuplicateExtension) as error:  # not implemented: several at once
        raise OcspFailed(Failure.MALFORMED) from error
    if serial_number < 0:  # which could not be repeated in the answer
        raise OcspFailed(Failure.MALFORMED)
    return OcspRequest(issuer, serial_number, nonce)


def list_issuer_hashes(issuer: x509.Certificate) -> frozenset[IssuerHash]:
    """Return all the ways in which a request may name *issuer*."""
    name = issuer.subject.public_bytes()
    key = issuer.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return frozenset(IssuerHash(a.name, _digest(a(), name), _digest(a(), key)) for a in _ALGORITHMS)


def build_answer(
    request: OcspRequest, status: CertificateStatus, signer: x509.Certificate, now: datetime
) -> ocsp.OCSPResponseBuilder:
    """Return the answer as of *now*, good for `ANSWER_LIFETIME` or as long as *signer*, for that one to sign."""
    algorithm = next(a for a in _ALGORITHMS if a.name == request.issuer.algorithm)()
    reason = status.reason if status.reason != RevocationReason.UNSPECIFIED else None
    this_update = now.replace(microsecond=0)
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            request.issuer.name,
            request.issuer.key,
            request.serial_number,
            algorithm,
            _describe(status),
            this_update,
            min(this_update + ANSWER_LIFETIME, signer.not_valid_after_utc),
            status.revoked_at.replace(microsecond=0) if status.revoked_at else None,
            x509.ReasonFlags(reason) if status.revoked_at and reason else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, signer)
        .certificates([signer])
    )
    return builder.add_extension(x509.OCSPNonce(request.nonce), critical=False) if request.nonce else builder


def _read_nonce(extensions: x509.Extensions) -> bytes | None:
    nonce = None
    for extension in extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            nonce = extension.value.nonce
            if not 1 <= len(nonce) <= _LONGEST_NONCE:  # RFC 9654 section 2.1
                raise OcspFailed(Failure.MALFORMED)
        elif extension.critical:  # RFC 6960 section 4.4: what is critical has to be understood
            raise OcspFailed(Failure.MALFORMED)
    return nonce


def _describe(status: CertificateStatus) -> ocsp.OCSPCertStatus:
    if not status.known:
        return ocsp.OCSPCertStatus.UNKNOWN
    return ocsp.OCSPCertStatus.REVOKED if status.revoked_at else ocsp.OCSPCertStatus.GOOD


def _digest(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()
