"""RFC 5280 section 4.2.1.2: the SHA-1 of the public key, method 1 (an identifier, not a protection)."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from idp.pki.lints.lint import Lint, LintContext, find_extension


def check(certificate: x509.Certificate, _context: LintContext) -> Iterator[str]:
    """Yield a detail unless it is derived from the certificate's own key."""
    extension = find_extension(certificate, ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    if extension is None:
        yield "is missing"
    elif extension.value != x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()):
        yield "is not derived from the key"


LINT = Lint("subject_key_identifier", "RFC 5280 section 4.2.1.2", check)
