"""Claims about the certificate that was used (scope ``x509``; RFC 8705 section 3.1 for ``x5t#S256``)."""

import base64

from idp.models import Certificate


def build_certificate_claims(certificate: Certificate) -> dict[str, str]:
    """Return subject and issuer (RFC 4514), serial number (hexadecimal) and thumbprint (base64url)."""
    thumbprint = base64.urlsafe_b64encode(bytes.fromhex(certificate.fingerprint))
    return {
        "x509_subject": certificate.subject,
        "x509_issuer": certificate.issuer,
        "x509_serial": certificate.serial_number,
        "x5t#S256": thumbprint.rstrip(b"=").decode("ascii"),
    }
