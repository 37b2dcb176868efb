"""RFC 5280 section 4.2.1.6 and RFC 9598 section 3: a URI for the person, then the names that the profile has, in its order."""

import re
from collections.abc import Callable, Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from idp.pki.lints.lint import CertificateKind, Lint, LintContext, find_extension
from idp.pki.profile_settings import ProfileSettings
from idp.pki.subject_alternative_names import SMTP_UTF8_MAILBOX, USER_PRINCIPAL_NAME, build_uri_pattern

_URN = re.compile(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MAILBOX = re.compile(r"[!-~]+@[A-Za-z0-9.-]+")


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail for the first name, and for the others where they are not what the profile has."""
    if context.kind is not CertificateKind.END_ENTITY:
        return
    extension = find_extension(certificate, ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    if extension is None or not isinstance(extension.value, x509.SubjectAlternativeName):
        yield "is missing"
        return
    first, *further = list(extension.value)
    if not _is_person(first):
        yield "does not begin with the person's URI"
    if not _are_promised(further, context.profile.settings):
        yield "holds something that the profile has not, or in another order"


def _are_promised(names: list[x509.GeneralName], settings: ProfileSettings) -> bool:
    """Tell whether *names* are what each of the profile's templates gives, some of which may give nothing."""
    left = [*([_is_mailbox] if settings.email else ()), *([_is_principal] if settings.upn else ())]
    expected = iter([*left, *(_uri_check(template) for template in settings.uris)])
    return all(any(is_it(name) for is_it in expected) for name in names)


def _is_person(name: x509.GeneralName) -> bool:
    return isinstance(name, x509.UniformResourceIdentifier) and _URN.fullmatch(name.value) is not None


def _is_mailbox(name: x509.GeneralName) -> bool:
    if isinstance(name, x509.OtherName):
        return name.type_id == SMTP_UTF8_MAILBOX
    return isinstance(name, x509.RFC822Name) and _MAILBOX.fullmatch(name.value) is not None


def _is_principal(name: x509.GeneralName) -> bool:
    return isinstance(name, x509.OtherName) and name.type_id == USER_PRINCIPAL_NAME


def _uri_check(template: str) -> Callable[[x509.GeneralName], bool]:
    pattern = build_uri_pattern(template)
    return lambda name: isinstance(name, x509.UniformResourceIdentifier) and bool(pattern.fullmatch(name.value))


LINT = Lint("subject_alternative_name", "RFC 5280 section 4.2.1.6", check)
