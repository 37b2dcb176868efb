"""A certificate that was linted before a real key comes near it."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from idp.errors import IdpError
from idp.pki.lints import Finding, LintContext, run_lints


class LintFailed(IdpError):
    """What was about to be signed breaks a rule; `findings` says which."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(str(finding) for finding in findings))
        self.findings = findings


@dataclass(frozen=True)
class PreparedCertificate:
    """A template, and the same content signed with a throw-away key: what the lints saw and passed."""

    template: x509.CertificateBuilder
    linted: x509.Certificate

    @property
    def record(self) -> bytes:
        """The DER that is recorded before the authority signs."""
        return self.linted.public_bytes(Encoding.DER)


def prepare_certificate(template: x509.CertificateBuilder, context: LintContext) -> PreparedCertificate:
    """Sign *template* with a throw-away P-256 key and lint it; raise `LintFailed`."""
    linted = template.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    findings = run_lints(linted, context)
    if findings:
        raise LintFailed(findings)
    return PreparedCertificate(template, linted)
