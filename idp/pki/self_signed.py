"""A certificate that stands for its key alone, and whose path nobody looks at (RFC 8705 section 2.2)."""

from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from idp.pki.path_validation import parse_certificate
from idp.pki.rejections import CertificateExpired, CertificateNotYetValid, WeakKey
from idp.pki.usage import has_strong_key


def verify_standalone_certificate(der: bytes, now: datetime) -> bytes:
    """Return the SubjectPublicKeyInfo, in DER, of a certificate that is readable, current and of a strong key.

    Raises one of the subclasses of `CertificateRejected`.
    """
    certificate, presented = parse_certificate(der)
    if now > presented.not_after:
        raise CertificateExpired("its time is over", presented)
    if now < presented.not_before:
        raise CertificateNotYetValid("its time has not come", presented)
    if not has_strong_key(certificate):
        raise WeakKey("the key is not accepted", presented)
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
