"""RFC 5280 section 4.1.2.6 and appendix A.1: a name is there, in the profile's order, within its bounds, and fit to be shown."""

from collections.abc import Iterator

from cryptography import x509

from idp.pki.lints.lint import CertificateKind, Lint, LintContext
from idp.pki.names import sanitise
from idp.pki.profile_settings import Attribute
from idp.pki.subjects import FORMS

_OF_AUTHORITIES = [Attribute.ORGANIZATION, Attribute.COMMON_NAME]


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail for a missing common name, for what the profile does not have, and for each attribute that does not fit."""
    if len(certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)) != 1:
        yield "has not exactly one common name"
    left = iter(_expected(context))
    if not all(attribute.oid in (name.oid for name in left) for attribute in certificate.subject):
        yield f"is {certificate.subject.rfc4514_string()}, which has other attributes than the profile, or another order"
    for attribute in certificate.subject:
        if not isinstance(attribute.value, str) or sanitise(attribute.value) != attribute.value:
            yield f"{attribute.rfc4514_attribute_name} is too long or holds characters that cannot be shown"
        elif any(name.oid == attribute.oid and not form.fullmatch(attribute.value) for name, form in FORMS.items()):
            yield f"{attribute.rfc4514_attribute_name} has not its form"


def _expected(context: LintContext) -> list[Attribute]:
    if context.kind is not CertificateKind.END_ENTITY:
        return _OF_AUTHORITIES
    return [part.attribute for part in context.profile.settings.subject]


LINT = Lint("subject", "RFC 5280 section 4.1.2.6", check)
