"""RFC 5280 section 4.2.1.9: people's certificates sign no others, and a path has at most two authorities."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from idp.pki.lints.lint import CertificateKind, Lint, LintContext, find_extension

_EXPECTED = {
    CertificateKind.ROOT: x509.BasicConstraints(ca=True, path_length=1),
    CertificateKind.ISSUING: x509.BasicConstraints(ca=True, path_length=0),
    CertificateKind.END_ENTITY: x509.BasicConstraints(ca=False, path_length=None),
    CertificateKind.OCSP_SIGNER: x509.BasicConstraints(ca=False, path_length=None),
}


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail unless the constraints are those of this kind."""
    extension = find_extension(certificate, ExtensionOID.BASIC_CONSTRAINTS)
    if extension is None:
        yield "is missing"
    elif extension.value != _EXPECTED[context.kind]:
        yield f"is {extension.value}"


LINT = Lint("basic_constraints", "RFC 5280 section 4.2.1.9", check)
