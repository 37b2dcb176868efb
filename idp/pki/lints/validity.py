"""RFC 5280 section 4.1.2.5 and 6.1.3: begins before it ends, lasts as long as the profile says, and nothing outlives its issuer."""

from collections.abc import Iterator

from cryptography import x509

from idp.pki.lints.lint import Lint, LintContext


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail for each bound that does not hold."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if begins >= ends:
        yield "ends before it begins"
    if not context.is_authority and ends - begins > context.profile.validity:
        yield f"lasts {(ends - begins).days} days"
    issuer = context.issuer
    if issuer and (begins < issuer.not_valid_before_utc or ends > issuer.not_valid_after_utc):
        yield "is not within the validity of the issuer"


LINT = Lint("validity", "RFC 5280 section 4.1.2.5", check)
