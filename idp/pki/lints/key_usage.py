"""RFC 5280 section 4.2.1.3: people sign, authorities sign certificates and revocation lists, and no more."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from idp.pki.lints.lint import Lint, LintContext, find_extension

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
    expected = {"key_cert_sign", "crl_sign"} if context.is_authority else {"digital_signature"}
    if present != expected:
        yield f"is {', '.join(sorted(present))}"


LINT = Lint("key_usage", "RFC 5280 section 4.2.1.3", check)
