"""The rules that stop a signing, one a file, each with the section it comes from."""

from cryptography import x509

from idp.pki.lints import (
    authority_key_identifier,
    basic_constraints,
    certificate_policies,
    extended_key_usage,
    extensions,
    issuer,
    key_usage,
    publication,
    serial_number,
    signature_algorithm,
    subject,
    subject_alternative_name,
    subject_key_identifier,
    subject_public_key,
    validity,
    version,
)
from idp.pki.lints.lint import CertificateKind, Finding, Lint, LintContext

__all__ = ["LINTS", "CertificateKind", "Finding", "Lint", "LintContext", "run_lints"]

LINTS: tuple[Lint, ...] = (
    version.LINT,
    serial_number.LINT,
    signature_algorithm.LINT,
    issuer.LINT,
    validity.LINT,
    subject.LINT,
    subject_public_key.LINT,
    extensions.LINT,
    authority_key_identifier.LINT,
    subject_key_identifier.LINT,
    key_usage.LINT,
    extended_key_usage.LINT,
    subject_alternative_name.LINT,
    basic_constraints.LINT,
    certificate_policies.LINT,
    publication.LINT,
)


def run_lints(certificate: x509.Certificate, context: LintContext) -> list[Finding]:
    """Return every broken rule; an empty list lets the authority sign."""
    return [Finding(lint.name, lint.citation, detail) for lint in LINTS for detail in lint.check(certificate, context)]
