"""What a presented certificate may be used for, and whether its key is good enough.

The path builder is told to leave the end entity's extensions alone, so that a wrong usage is told apart from
a wrong issuer; all of what it would have checked there is checked here.
"""

from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

T = TypeVar("T", bound=x509.ExtensionType)

_MINIMUM_RSA_BITS = 2048  # NIST SP 800-57 part 1, table 2: 112 bits of security
_MAXIMUM_RSA_BITS = 16384  # OPENSSL_RSA_MAX_MODULUS_BITS
_RSA_EXPONENTS = range(2**16 + 1, 2**256)  # FIPS 186-5 appendix A.1.1
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
# Extensions that this module or the path builder acts upon, or that do not limit an end entity's use.
_UNDERSTOOD = (
    x509.BasicConstraints,
    x509.KeyUsage,
    x509.ExtendedKeyUsage,
    x509.SubjectAlternativeName,
    x509.CertificatePolicies,
)


def is_for_client_authentication(certificate: x509.Certificate, *, named: bool = True) -> bool:
    """Whether the extensions allow TLS client authentication (RFC 8446 section 4.4.2.4, RFC 5280 4.2.1).

    Unless it has to be *named*, no extended usage at all, or any, allows it too.
    """
    extensions = certificate.extensions
    constraints = find_extension(extensions, x509.BasicConstraints)
    usage = find_extension(extensions, x509.KeyUsage)
    extended = find_extension(extensions, x509.ExtendedKeyUsage)
    return (
        not (constraints and constraints.ca)
        and (usage is None or (usage.digital_signature and not usage.key_cert_sign))
        and _allows_clients(extended, named)
        and all(isinstance(e.value, _UNDERSTOOD) for e in extensions if e.critical)
    )


def _allows_clients(extended: x509.ExtendedKeyUsage | None, named: bool) -> bool:
    if extended is None:
        return not named
    return ExtendedKeyUsageOID.CLIENT_AUTH in extended or (
        not named and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in extended
    )


def has_strong_key(certificate: x509.Certificate) -> bool:
    """Whether the key is a sound one of RSA with at least 2048 bits, or on a NIST curve of at least 256."""
    try:
        key = certificate.public_key()
    except Exception:  # an unknown kind of key raises one of several
        return False
    if isinstance(key, rsa.RSAPublicKey):
        return _is_strong_rsa(key.public_numbers())
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES)


def _is_strong_rsa(numbers: rsa.RSAPublicNumbers) -> bool:
    size = numbers.n.bit_length()
    odd = numbers.n % 2 == numbers.e % 2 == 1
    return odd and _MINIMUM_RSA_BITS <= size <= _MAXIMUM_RSA_BITS and numbers.e in _RSA_EXPONENTS


def find_extension(extensions: x509.Extensions, kind: type[T]) -> T | None:
    """Return the value of the extension of this kind, or None."""
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None
