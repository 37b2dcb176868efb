"""RFC 5280 section 4.2.1.12: client authentication alone, on the person's and the issuing certificate."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from idp.pki.lints.lint import CertificateKind, Lint, LintContext, find_extension


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail unless the usages are exactly those of this kind; a root is not limited."""
    extension = find_extension(certificate, ExtensionOID.EXTENDED_KEY_USAGE)
    present = list(extension.value) if extension and isinstance(extension.value, x509.ExtendedKeyUsage) else []
    expected = [] if context.kind is CertificateKind.ROOT else [ExtendedKeyUsageOID.CLIENT_AUTH]
    if present != expected:
        yield f"is {', '.join(oid.dotted_string for oid in present) or 'missing'}"


LINT = Lint("extended_key_usage", "RFC 5280 section 4.2.1.12", check)
