"""RFC 5280 section 4.2.1.6 and RFC 9598 section 3: a URI for the person, and at most one mailbox."""

import re
from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from idp.pki.lints.lint import CertificateKind, Lint, LintContext, find_extension
from idp.pki.subject_alternative_names import SMTP_UTF8_MAILBOX

_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MAILBOX = re.compile(r"[!-~]+@[A-Za-z0-9.-]+")


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail for each name that does not fit, and for their number."""
    if context.kind is not CertificateKind.END_ENTITY:
        return
    extension = find_extension(certificate, ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    if extension is None or not isinstance(extension.value, x509.SubjectAlternativeName):
        yield "is missing"
        return
    names = list(extension.value)
    if not 1 <= len(names) <= 2 or not _is_person(names[0]):
        yield "does not begin with the person's URI, or holds more than a mailbox beside it"
    if any(not _is_mailbox(name) for name in names[1:]):
        yield "holds something that is no mailbox"


def _is_person(name: x509.GeneralName) -> bool:
    return isinstance(name, x509.UniformResourceIdentifier) and _URN.fullmatch(name.value) is not None


def _is_mailbox(name: x509.GeneralName) -> bool:
    if isinstance(name, x509.OtherName):
        return name.type_id == SMTP_UTF8_MAILBOX
    return isinstance(name, x509.RFC822Name) and _MAILBOX.fullmatch(name.value) is not None


LINT = Lint("subject_alternative_name", "RFC 5280 section 4.2.1.6", check)
