"""RFC 5280 section 4.2.1.1: names the key that signs, as the issuer names it itself."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from idp.pki.lints.lint import Lint, LintContext, find_extension


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail unless the key identifier equals the issuer's subject key identifier."""
    extension = find_extension(certificate, ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    signer = find_extension(context.issuer or certificate, ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    if extension is None or signer is None:
        yield "is missing here or has no counterpart in the issuer"
        return
    here, there = extension.value, signer.value
    if not isinstance(here, x509.AuthorityKeyIdentifier) or not isinstance(there, x509.SubjectKeyIdentifier):
        yield "cannot be read"
    elif here.key_identifier != there.digest:
        yield "is not the issuer's subject key identifier"


LINT = Lint("authority_key_identifier", "RFC 5280 section 4.2.1.1", check)
