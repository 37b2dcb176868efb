"""RFC 5280 section 4.2.1.4: a person's certificate names the profile's policies, an issuing authority limits none."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from idp.pki.lints.lint import CertificateKind, Lint, LintContext, find_extension
from idp.pki.profile_settings import ANY_POLICY


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail unless exactly the expected policies are named, with the addresses of their statements."""
    extension = find_extension(certificate, ExtensionOID.CERTIFICATE_POLICIES)
    value = extension.value if extension else None
    present = [_describe(p) for p in value] if isinstance(value, x509.CertificatePolicies) else []
    if present != _expected(context):
        yield f"is {', '.join(oid for oid, _ in present) or 'missing'}"


def _describe(policy: x509.PolicyInformation) -> tuple[str, list[object]]:
    return policy.policy_identifier.dotted_string, list(policy.policy_qualifiers or ())


def _expected(context: LintContext) -> list[tuple[str, list[object]]]:
    if context.kind is CertificateKind.ISSUING:
        return [(ANY_POLICY.dotted_string, [])]
    if context.kind is not CertificateKind.END_ENTITY:
        return []
    return [(policy.oid, [policy.cps] if policy.cps else []) for policy in context.profile.settings.policies]


LINT = Lint("certificate_policies", "RFC 5280 section 4.2.1.4", check)
