"""RFC 5280 section 4.2.1.12: what the profile has, and the issuer allows, or answers of OCSP alone (RFC 6960 section 4.2.2.2)."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from idp.pki.lints.lint import CertificateKind, Lint, LintContext, find_extension
from idp.pki.templates import PEOPLES_USAGES


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail unless the usages are exactly those of this kind; a root is not limited."""
    present = _read(certificate)
    if present != _expected(context):
        yield f"is {', '.join(oid.dotted_string for oid in present) or 'missing'}"
    allowed = _read(context.issuer) if context.issuer and context.kind is CertificateKind.END_ENTITY else []
    # As implementations apply it to authorities: what the issuer is not for, nothing below it is.
    if allowed and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in allowed and not set(present) <= set(allowed):
        yield "goes beyond what the issuer is for"


def _expected(context: LintContext) -> list[x509.ObjectIdentifier]:
    if context.kind is CertificateKind.ROOT:
        return []
    if context.kind is CertificateKind.OCSP_SIGNER:
        return [ExtendedKeyUsageOID.OCSP_SIGNING]
    if context.kind is CertificateKind.ISSUING:  # one that might sign OCSP answers could do so for its own issuer
        return list(PEOPLES_USAGES)
    return [ExtendedKeyUsageOID.CLIENT_AUTH, *(usage.oid for usage in context.profile.settings.extended_key_usages)]


def _read(certificate: x509.Certificate) -> list[x509.ObjectIdentifier]:
    extension = find_extension(certificate, ExtensionOID.EXTENDED_KEY_USAGE)
    return list(extension.value) if extension and isinstance(extension.value, x509.ExtendedKeyUsage) else []


LINT = Lint("extended_key_usage", "RFC 5280 section 4.2.1.12", check)
