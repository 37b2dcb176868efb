"""RFC 5280 section 4.1.2.4: the issuer's name is not empty and is the subject of the one who signs."""

from collections.abc import Iterator

from cryptography import x509

from idp.pki.lints.lint import Lint, LintContext


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail where the names do not chain, octet by octet."""
    signer = context.issuer.subject if context.issuer else certificate.subject
    if not list(certificate.issuer):
        yield "is empty"
    if certificate.issuer.public_bytes() != signer.public_bytes():
        yield f"is {certificate.issuer.rfc4514_string()}, the signer is {signer.rfc4514_string()}"


LINT = Lint("issuer", "RFC 5280 section 4.1.2.4", check)
