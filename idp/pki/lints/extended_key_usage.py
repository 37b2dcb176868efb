"""RFC 5280 section 4.2.1.12: client authentication alone, or answers of OCSP alone (RFC 6960 section 4.2.2.2)."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from idp.pki.lints.lint import CertificateKind, Lint, LintContext, find_extension

# An issuing authority that might sign OCSP answers could do so for its own issuer.
_EXPECTED = {
    CertificateKind.ROOT: [],
    CertificateKind.ISSUING: [ExtendedKeyUsageOID.CLIENT_AUTH],
    CertificateKind.END_ENTITY: [ExtendedKeyUsageOID.CLIENT_AUTH],
    CertificateKind.OCSP_SIGNER: [ExtendedKeyUsageOID.OCSP_SIGNING],
}


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail unless the usages are exactly those of this kind; a root is not limited."""
    extension = find_extension(certificate, ExtensionOID.EXTENDED_KEY_USAGE)
    present = list(extension.value) if extension and isinstance(extension.value, x509.ExtendedKeyUsage) else []
    if present != _EXPECTED[context.kind]:
        yield f"is {', '.join(oid.dotted_string for oid in present) or 'missing'}"


LINT = Lint("extended_key_usage", "RFC 5280 section 4.2.1.12", check)
