"""RFC 5280 section 4.1.2.1: a certificate with extensions is version 3."""

from collections.abc import Iterator

from cryptography import x509

from idp.pki.lints.lint import Lint, LintContext


def check(certificate: x509.Certificate, _context: LintContext) -> Iterator[str]:
    """Yield a detail unless the version is 3."""
    if certificate.version is not x509.Version.v3:
        yield f"version is {certificate.version.name}"


LINT = Lint("version", "RFC 5280 section 4.1.2.1", check)
