"""The only module that signs with an authority's private key, wherever `idp.pki.authority_keys` has it."""

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from idp.errors import Conflict, InvalidInput
from idp.models import CertificateAuthority
from idp.pki.authority_keys import AuthorityKey, AuthorityKeys, KeyPurpose, SigningFailed, open_store
from idp.pki.preparation import PreparedCertificate

__all__ = ["AuthorityKey", "SigningFailed"]


def create_authority_key(keys: AuthorityKeys) -> AuthorityKey:
    """Make the key of a new authority."""
    return open_store(keys).create(KeyPurpose.AUTHORITY)


def sign_certificate(
    keys: AuthorityKeys, prepared: PreparedCertificate, authority: CertificateAuthority
) -> x509.Certificate:
    """Sign what was linted with the key of *authority* and verify the result; raise `SigningFailed`."""
    certificate = prepared.template.sign(_load_key(keys, authority), hashes.SHA256())
    if certificate.tbs_certificate_bytes != prepared.linted.tbs_certificate_bytes:
        raise SigningFailed("the signed certificate is not the one that was linted")
    _verify_signature(certificate, authority)
    return certificate


def sign_request(
    keys: AuthorityKeys, builder: x509.CertificateSigningRequestBuilder, key: AuthorityKey
) -> x509.CertificateSigningRequest:
    """Return the request for *key*, signed with it (RFC 2986 section 3), for an authority elsewhere to certify."""
    return builder.sign(open_store(keys).load(key.private_key_encrypted, KeyPurpose.AUTHORITY), hashes.SHA256())


def sign_revocation_list(
    keys: AuthorityKeys, builder: x509.CertificateRevocationListBuilder, authority: CertificateAuthority
) -> x509.CertificateRevocationList:
    """Return the list signed with the key of *authority*, and verified (RFC 5280 section 5.1.1.3); raise `SigningFailed`."""
    signed = builder.sign(_load_key(keys, authority), hashes.SHA256())
    key = x509.load_der_x509_certificate(authority.certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not signed.is_signature_valid(key):
        raise SigningFailed(f"the key of authority {authority.id} does not match its certificate")
    return signed


def export_authority_key(keys: AuthorityKeys, authority: CertificateAuthority, passphrase: str) -> bytes:
    """Return the key of *authority* as PEM of PKCS#8 under *passphrase* (RFC 5958 section 3).

    Raises `SigningFailed` where it is not here, and `Conflict` where it cannot leave its store.
    """
    encryption = BestAvailableEncryption(passphrase.encode())
    try:
        return _load_key(keys, authority).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    except ValueError as error:
        raise Conflict("the key cannot leave where it is kept") from error


def read_authority_key(keys: AuthorityKeys, authority: CertificateAuthority, pem: bytes, passphrase: str) -> bytes:
    """Return the reference of what `export_authority_key` wrote; raise `InvalidInput`, also for another's key."""
    try:
        key = load_pem_private_key(pem, passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidInput(key="The file is no private key in PEM, or the passphrase is not its own.") from error
    expected = x509.load_der_x509_certificate(authority.certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != expected:
        raise InvalidInput(key="This is not the key of that authority.")
    return open_store(keys).keep(key, KeyPurpose.AUTHORITY)


def _load_key(keys: AuthorityKeys, authority: CertificateAuthority) -> ec.EllipticCurvePrivateKey:
    if authority.private_key_encrypted is None:
        raise SigningFailed(f"the key of authority {authority.id} is not here")
    return open_store(keys).load(authority.private_key_encrypted, KeyPurpose.AUTHORITY)


def _verify_signature(certificate: x509.Certificate, authority: CertificateAuthority) -> None:
    """Verify with the key in the authority's certificate: a swapped private key signs nothing."""
    key = x509.load_der_x509_certificate(authority.certificate).public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise SigningFailed(f"the certificate of authority {authority.id} has no elliptic curve key")
    try:
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise SigningFailed(f"the key of authority {authority.id} does not match its certificate") from error
