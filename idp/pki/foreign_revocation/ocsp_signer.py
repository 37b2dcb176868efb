"""Who may sign OCSP answers about an issuer's certificates: the issuer, its delegate, or whom we were told (RFC 6960, 4.2.2.2)."""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from idp.pki.foreign_revocation.errors import AnswerRefused
from idp.pki.foreign_revocation.signatures import Parameters, is_accepted_digest, is_signed_by
from idp.pki.usage import find_extension, has_strong_key

_MAX_CERTIFICATES = 8
_UNDERSTOOD = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.OCSPNoCheck,
)


def find_signer(
    response: ocsp.OCSPResponse, issuer: x509.Certificate, told: x509.Certificate | None, now: datetime
) -> x509.Certificate | None:
    """Return the delegate that has signed *response*; None where it was *issuer* itself, or *told*, whom an administrator named.

    Raises `AnswerRefused` where it was nobody of these.
    """
    algorithm = response.signature_hash_algorithm
    if algorithm is None or not is_accepted_digest(algorithm):
        raise AnswerRefused("its signature is of a kind that is not accepted")
    digest = hashes.Hash(algorithm)
    digest.update(response.tbs_response_bytes)
    hashed = digest.finalize()
    parameters = _read_parameters(response.signature_algorithm_oid, algorithm)
    refusal = AnswerRefused("its signature is nobody's who may sign it")
    for candidate in _list_candidates(response, issuer, told):
        if is_signed_by(candidate.public_key(), response.signature, hashed, algorithm, parameters):
            if candidate == issuer:
                return None
            try:  # a key may have several certificates
                _verify_valid(candidate, now)
                return None if candidate == told else _verify_delegate(candidate, issuer)
            except AnswerRefused as error:
                refusal = error
    raise refusal


def _list_candidates(
    response: ocsp.OCSPResponse, issuer: x509.Certificate, told: x509.Certificate | None
) -> Iterator[x509.Certificate]:
    for certificate in (issuer, *([told] if told else []), *response.certificates[:_MAX_CERTIFICATES]):
        named = response.responder_name
        key_hash = response.responder_key_hash
        if certificate.subject == named or (
            key_hash is not None
            and x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest == key_hash
        ):
            yield certificate


def _read_parameters(oid: x509.ObjectIdentifier, algorithm: hashes.HashAlgorithm) -> Parameters:
    """Return how it is signed. The parser tells nothing about PSS, which nobody is known to sign answers with."""
    if oid in {
        SignatureAlgorithmOID.RSA_WITH_SHA256,
        SignatureAlgorithmOID.RSA_WITH_SHA384,
        SignatureAlgorithmOID.RSA_WITH_SHA512,
    }:
        return padding.PKCS1v15()
    if oid in {
        SignatureAlgorithmOID.ECDSA_WITH_SHA256,
        SignatureAlgorithmOID.ECDSA_WITH_SHA384,
        SignatureAlgorithmOID.ECDSA_WITH_SHA512,
    }:
        return ec.ECDSA(algorithm)
    return None


def _verify_valid(certificate: x509.Certificate, now: datetime) -> None:
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise AnswerRefused("the certificate of its signer has expired, or is not valid yet")


def _verify_delegate(certificate: x509.Certificate, issuer: x509.Certificate) -> x509.Certificate:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise AnswerRefused("its signer was not certified by the issuer itself") from error
    extensions = certificate.extensions
    extended, usage = find_extension(extensions, x509.ExtendedKeyUsage), find_extension(extensions, x509.KeyUsage)
    if extended is None or ExtendedKeyUsageOID.OCSP_SIGNING not in extended:
        raise AnswerRefused("its signer is not for signing answers (id-kp-OCSPSigning)")
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise AnswerRefused("its signer is not for signatures")
    if any(extension.critical and not isinstance(extension.value, _UNDERSTOOD) for extension in extensions):
        raise AnswerRefused("its signer's certificate has a critical extension that is not known")
    if not has_strong_key(certificate) or not is_accepted_digest(certificate.signature_hash_algorithm):
        raise AnswerRefused("its signer's key, or the signature under it, is too weak")
    return certificate
