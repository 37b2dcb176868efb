"""RFC 5280 section 4.1.2.7: a key that is strong (NIST SP 800-57 part 1, table 2), of the profile's kinds, and not the issuer's."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from idp.pki.key_pairs import PublicKey, describe_key
from idp.pki.key_policy import find_weaknesses
from idp.pki.lints.lint import CertificateKind, Lint, LintContext


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail for a weak or unsupported key, one that the profile does not have, and one that the issuer uses itself."""
    key = certificate.public_key()
    weaknesses = list(find_weaknesses(key))
    yield from weaknesses or _find_unoffered(key, context)
    if context.issuer and key == context.issuer.public_key():
        yield "is the key of the issuer"


def _find_unoffered(key: PublicKeyTypes, context: LintContext) -> Iterator[str]:
    if context.kind is CertificateKind.END_ENTITY and isinstance(key, PublicKey):
        kind = describe_key(key)
        if kind not in set(map(str, context.profile.settings.certified_key_types)):
            yield f"is {kind}, which the profile does not have"


LINT = Lint("subject_public_key", "RFC 5280 section 4.1.2.7", check)
