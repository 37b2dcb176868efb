"""RFC 5280 section 4.1.2.6 and appendix A.1: a name is there, within its bounds, and fit to be shown."""

from collections.abc import Iterator

from cryptography import x509

from idp.pki.lints.lint import Lint, LintContext
from idp.pki.names import sanitise

_ALLOWED = {x509.NameOID.COMMON_NAME, x509.NameOID.ORGANIZATION_NAME}


def check(certificate: x509.Certificate, _context: LintContext) -> Iterator[str]:
    """Yield a detail for a missing common name and for each attribute that does not fit."""
    if len(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)) != 1:
        yield "has not exactly one common name"
    for attribute in certificate.subject:
        if attribute.oid not in _ALLOWED:
            yield f"holds {attribute.rfc4514_attribute_name}"
        elif not isinstance(attribute.value, str) or sanitise(attribute.value) != attribute.value:
            yield f"{attribute.rfc4514_attribute_name} is too long or holds characters that cannot be shown"


LINT = Lint("subject", "RFC 5280 section 4.1.2.6", check)
