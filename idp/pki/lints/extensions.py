"""RFC 5280 section 4.2: only known extensions, each once, critical exactly where the profile says so."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from idp.pki.lints.lint import CertificateKind, Lint, LintContext

_CRITICAL = {ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE}
_IDENTIFIERS = {ExtensionOID.SUBJECT_KEY_IDENTIFIER, ExtensionOID.AUTHORITY_KEY_IDENTIFIER}
_EXPECTED = {
    CertificateKind.ROOT: _CRITICAL | _IDENTIFIERS,
    CertificateKind.ISSUING: _CRITICAL
    | _IDENTIFIERS
    | {ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.CERTIFICATE_POLICIES},
    CertificateKind.END_ENTITY: _CRITICAL
    | _IDENTIFIERS
    | {ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.SUBJECT_ALTERNATIVE_NAME},
    CertificateKind.OCSP_SIGNER: _CRITICAL
    | _IDENTIFIERS
    | {ExtensionOID.EXTENDED_KEY_USAGE, ExtensionOID.OCSP_NO_CHECK},
}
_ADDRESSES = {ExtensionOID.CRL_DISTRIBUTION_POINTS, ExtensionOID.AUTHORITY_INFORMATION_ACCESS}
_OPTIONAL = {
    CertificateKind.ISSUING: _ADDRESSES,
    CertificateKind.END_ENTITY: _ADDRESSES | {ExtensionOID.CERTIFICATE_POLICIES},
}


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail for what is missing, unknown, repeated, or of the wrong criticality."""
    try:
        present = list(certificate.extensions)
    except x509.DuplicateExtension as error:
        yield f"{error.oid.dotted_string} occurs twice"
        return
    optional = _OPTIONAL.get(context.kind, set())
    for oid in _EXPECTED[context.kind] ^ ({extension.oid for extension in present} - optional):
        yield f"{oid.dotted_string} is missing or not expected"
    for extension in present:
        if extension.critical != (extension.oid in _CRITICAL):
            yield f"{extension.oid.dotted_string} has the wrong criticality"


LINT = Lint("extensions", "RFC 5280 section 4.2", check)
