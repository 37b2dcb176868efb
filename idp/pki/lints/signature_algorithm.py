"""RFC 5280 section 4.1.1.2 and RFC 5758 section 3.2: ECDSA with SHA-256."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import SignatureAlgorithmOID

from idp.pki.lints.lint import Lint, LintContext


def check(certificate: x509.Certificate, _context: LintContext) -> Iterator[str]:
    """Yield a detail unless the signature is ecdsa-with-SHA256."""
    if certificate.signature_algorithm_oid != SignatureAlgorithmOID.ECDSA_WITH_SHA256:
        yield f"is {certificate.signature_algorithm_oid.dotted_string}"


LINT = Lint("signature_algorithm", "RFC 5280 section 4.1.1.2", check)
