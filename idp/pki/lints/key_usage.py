"""RFC 5280 section 4.2.1.3: people sign, and decrypt where the profile says so; authorities sign certificates and revocation lists."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtensionOID

from idp.pki.lints.lint import CertificateKind, Lint, LintContext, find_extension

_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
)


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail unless exactly the usages of this kind are set."""
    extension = find_extension(certificate, ExtensionOID.KEY_USAGE)
    if extension is None or not isinstance(extension.value, x509.KeyUsage):
        yield "is missing"
        return
    present = {usage for usage in _USAGES if getattr(extension.value, usage)}
    if present != _expected(certificate, context):
        yield f"is {', '.join(sorted(present))}"


def _expected(certificate: x509.Certificate, context: LintContext) -> set[str]:
    if context.is_authority:
        return {"key_cert_sign", "crl_sign"}
    enciphers = context.kind is CertificateKind.END_ENTITY and context.profile.settings.key_encipherment
    if enciphers and isinstance(certificate.public_key(), rsa.RSAPublicKey):
        return {"digital_signature", "key_encipherment"}
    return {"digital_signature"}


LINT = Lint("key_usage", "RFC 5280 section 4.2.1.3", check)
