"""RFC 5280 section 4.1.2.7: a key that is strong (NIST SP 800-57 part 1, table 2), of the profile's kinds, and not the issuer's."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from idp.pki.key_pairs import describe_key
from idp.pki.lints.lint import CertificateKind, Lint, LintContext

_RSA_BITS = range(2048, 4096 + 1)
_CURVES = (ec.SECP256R1, ec.SECP384R1)


def check(certificate: x509.Certificate, context: LintContext) -> Iterator[str]:
    """Yield a detail for a weak or unsupported key, one that the profile does not have, and one that the issuer uses itself."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        yield from _check_rsa(key)
    elif not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, _CURVES):
        yield "is neither RSA nor on P-256 or P-384"
        return
    if (
        context.kind is CertificateKind.END_ENTITY
        and describe_key(key) not in context.profile.settings.certified_key_types
    ):
        yield f"is {describe_key(key)}, which the profile does not have"
    if context.issuer and key == context.issuer.public_key():
        yield "is the key of the issuer"


def _check_rsa(key: rsa.RSAPublicKey) -> Iterator[str]:
    if key.key_size not in _RSA_BITS:
        yield f"has {key.key_size} bits"
    exponent = key.public_numbers().e
    if exponent < 65537 or exponent % 2 == 0:  # NIST SP 800-56B section 6.2
        yield f"has the public exponent {exponent}"


LINT = Lint("subject_public_key", "RFC 5280 section 4.1.2.7", check)
