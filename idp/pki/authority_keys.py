"""Where the keys of authorities are: one interface, and the keys in the database under the master key.

A hardware module implements `AuthorityKeyStore` and is put into `idp.app` and `idp.cli.workbench`; nobody else knows the difference.
Imports of realms alone make the keys of a new realm in the database: make the realm first. What a row keeps of a key
(its *reference*) is for the store alone to understand: here the key itself, encrypted; there a handle.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from idp.encryption import Cipher
from idp.errors import IdpError


class SigningFailed(IdpError):
    """No signature was made, or it does not belong to what was linted and to the authority."""


class KeyPurpose(StrEnum):
    """What a key is for; one kind's reference is of no use as the other's."""

    AUTHORITY = "certificate_authority.private_key"
    OCSP_SIGNER = "ocsp_signer.private_key"


@dataclass(frozen=True)
class AuthorityKey:
    """A new key: its public half, and what the row keeps of the other."""

    public_key: ec.EllipticCurvePublicKey
    private_key_encrypted: bytes = field(repr=False)


class AuthorityKeyStore(Protocol):
    """Makes P-256 keys, keeps them, and signs with them."""

    def create(self, purpose: KeyPurpose) -> AuthorityKey:
        """Return a new key."""

    def load(self, reference: bytes, purpose: KeyPurpose) -> ec.EllipticCurvePrivateKey:
        """Return what signs with the key, for one signature; its `private_bytes` raise `ValueError` where it cannot leave.

        Raises `SigningFailed` where there is no such key.
        """

    def keep(self, key: ec.EllipticCurvePrivateKey, purpose: KeyPurpose) -> bytes:
        """Return the reference of a key that comes from elsewhere; raise `SigningFailed` where none is taken in."""


class DatabaseKeys:
    """Keys in the rows themselves, encrypted under the master key.

    A key is decrypted for one signature and forgotten: that takes 0.03 ms beside the 0.05 ms of the signature itself, so keeping it
    decrypted would gain nothing and lay it open to everything that can read the memory.
    """

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def create(self, purpose: KeyPurpose) -> AuthorityKey:
        """Make a key: P-256 is verified eight times faster than P-384, and two are verified at each login."""
        key = ec.generate_private_key(ec.SECP256R1())
        return AuthorityKey(key.public_key(), self.keep(key, purpose))

    def load(self, reference: bytes, purpose: KeyPurpose) -> ec.EllipticCurvePrivateKey:
        """Return the decrypted key; raise `DecryptionFailed` or `SigningFailed`."""
        key = load_der_private_key(self._cipher.decrypt(reference, purpose), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SigningFailed(f"a {purpose} is not an elliptic curve key")
        return key

    def keep(self, key: ec.EllipticCurvePrivateKey, purpose: KeyPurpose) -> bytes:
        """Return the key encrypted."""
        plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return self._cipher.encrypt(plain, purpose)


AuthorityKeys: TypeAlias = Cipher | AuthorityKeyStore
"""A store, or the cipher of the one in the database."""


def open_store(keys: AuthorityKeys) -> AuthorityKeyStore:
    """Return the store that *keys* stand for."""
    return DatabaseKeys(keys) if isinstance(keys, Cipher) else keys
