"""The only module in which an authority's private key exists in the clear.

A key is decrypted for one signature and forgotten: that takes 0.03 ms beside the 0.05 ms of the signature
itself, so keeping it decrypted would gain nothing and lay it open to everything that can read the memory.
"""

from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)

from idp.encryption import Cipher
from idp.errors import IdpError, InvalidInput
from idp.models import CertificateAuthority
from idp.pki.preparation import PreparedCertificate

_CONTEXT = "certificate_authority.private_key"


class SigningFailed(IdpError):
    """No signature was made, or it does not belong to what was linted and to the authority."""


@dataclass(frozen=True)
class AuthorityKey:
    """A new authority's public key, and its private key as it may be stored."""

    public_key: ec.EllipticCurvePublicKey
    private_key_encrypted: bytes = field(repr=False)


def create_authority_key(cipher: Cipher) -> AuthorityKey:
    """Make a P-256 key: verified eight times faster than P-384, and two are verified at each login."""
    key = ec.generate_private_key(ec.SECP256R1())
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return AuthorityKey(key.public_key(), cipher.encrypt(plain, _CONTEXT))


def sign_certificate(
    cipher: Cipher, prepared: PreparedCertificate, authority: CertificateAuthority
) -> x509.Certificate:
    """Sign what was linted with the key of *authority* and verify the result; raise `SigningFailed`."""
    certificate = prepared.template.sign(_decrypt_key(cipher, authority), hashes.SHA256())
    if certificate.tbs_certificate_bytes != prepared.linted.tbs_certificate_bytes:
        raise SigningFailed("the signed certificate is not the one that was linted")
    _verify_signature(certificate, authority)
    return certificate


def sign_request(
    cipher: Cipher, builder: x509.CertificateSigningRequestBuilder, key: AuthorityKey
) -> x509.CertificateSigningRequest:
    """Return the request for *key*, signed with it (RFC 2986 section 3), for an authority elsewhere to certify."""
    return builder.sign(_load_key(cipher.decrypt(key.private_key_encrypted, _CONTEXT), "the request"), hashes.SHA256())


def sign_revocation_list(
    cipher: Cipher, builder: x509.CertificateRevocationListBuilder, authority: CertificateAuthority
) -> x509.CertificateRevocationList:
    """Return the list signed with the key of *authority*, and verified (RFC 5280 section 5.1.1.3); raise `SigningFailed`."""
    signed = builder.sign(_decrypt_key(cipher, authority), hashes.SHA256())
    key = x509.load_der_x509_certificate(authority.certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not signed.is_signature_valid(key):
        raise SigningFailed(f"the key of authority {authority.id} does not match its certificate")
    return signed


def export_authority_key(cipher: Cipher, authority: CertificateAuthority, passphrase: str) -> bytes:
    """Return the key of *authority* as PEM of PKCS#8 under *passphrase* (RFC 5958 section 3); raise `SigningFailed`."""
    encryption = BestAvailableEncryption(passphrase.encode())
    return _decrypt_key(cipher, authority).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def read_authority_key(cipher: Cipher, authority: CertificateAuthority, pem: bytes, passphrase: str) -> bytes:
    """Return, encrypted under the master key, what `export_authority_key` wrote; raise `InvalidInput`, also for another's key."""
    try:
        key = load_pem_private_key(pem, passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidInput(key="The file is no private key in PEM, or the passphrase is not its own.") from error
    expected = x509.load_der_x509_certificate(authority.certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != expected:
        raise InvalidInput(key="This is not the key of that authority.")
    return cipher.encrypt(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), _CONTEXT)


def _decrypt_key(cipher: Cipher, authority: CertificateAuthority) -> ec.EllipticCurvePrivateKey:
    if authority.private_key_encrypted is None:
        raise SigningFailed(f"the key of authority {authority.id} is not here")
    return _load_key(cipher.decrypt(authority.private_key_encrypted, _CONTEXT), f"authority {authority.id}")


def _load_key(plain: bytes, owner: str) -> ec.EllipticCurvePrivateKey:
    key = load_der_private_key(plain, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise SigningFailed(f"the key of {owner} is not an elliptic curve key")
    return key


def _verify_signature(certificate: x509.Certificate, authority: CertificateAuthority) -> None:
    """Verify with the key in the authority's certificate: a swapped private key signs nothing."""
    key = x509.load_der_x509_certificate(authority.certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise SigningFailed(f"the certificate of authority {authority.id} has no elliptic curve key")
    try:
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise SigningFailed(f"the key of authority {authority.id} does not match its certificate") from error
