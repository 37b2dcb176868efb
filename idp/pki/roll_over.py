"""Rolling a realm's issuing authority over: a new one issues, what the old one has issued stays good (RFC 4210 section 4.4)."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.encryption import Cipher
from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import CertificateAuthority, Realm
from idp.pki.authorities import find_chain, list_issuing_authorities
from idp.pki.authority_creation import create_issuing_authority
from idp.pki.crl import publish_if_due
from idp.pki.ocsp_signers import renew_if_due
from idp.pki.signing import export_authority_key, read_authority_key

MINIMUM_PASSPHRASE = 12


@dataclass(frozen=True)
class OfflineKey:
    """A root's key as it was exported, and the passphrase that it is under."""

    pem: bytes = field(repr=False)
    passphrase: str = field(repr=False)


def roll_over(
    session: Session, cipher: Cipher, clock: Clock, *, realm: Realm, root_key: OfflineKey | None = None
) -> CertificateAuthority:
    """Create an issuing authority under the realm's newest root of its own, retire those before it, and return it.

    Raises `NotFound` where the realm has no such root, `Conflict` where its key is offline and *root_key* is not given, and
    `InvalidInput` where that is not the key.
    """
    root = _with_key(cipher, _get_own_root(session, realm), root_key)
    earlier = list_issuing_authorities(session, realm.id)
    now = clock.now().replace(microsecond=0)
    created = create_issuing_authority(session, cipher, realm=realm, generation=len(earlier) + 1, now=now, root=root)
    retire(earlier)
    session.flush()
    publish_if_due(session, cipher, clock, created.id)
    renew_if_due(session, cipher, clock, created.id)
    return created


def retire(authorities: list[CertificateAuthority]) -> None:
    """Let *authorities* issue no more; what they have issued stays good, and browsers are still told their names."""
    for authority in authorities:
        authority.status = "retired"


def find_by_fingerprint(authorities: list[CertificateAuthority], beginning: str) -> CertificateAuthority:
    """Return the one of *authorities* whose SHA-256 (hexadecimal) begins so; raise `NotFound`."""
    found = [authority for authority in authorities if authority.fingerprint.startswith(beginning.lower())]
    if len(found) != 1:
        raise NotFound(f"{len(found)} authorities have a fingerprint that begins so")
    return found[0]


def export_root_key(
    session: Session, cipher: Cipher, *, realm: Realm, passphrase: str
) -> tuple[CertificateAuthority, bytes]:
    """Return the realm's newest root and its private key as PEM under *passphrase*; raise `InvalidInput` or `Conflict`."""
    if len(passphrase) < MINIMUM_PASSPHRASE:
        raise InvalidInput(passphrase=f"Use at least {MINIMUM_PASSPHRASE} characters.")
    root = _get_own_root(session, realm)
    if root.private_key_encrypted is None:
        raise Conflict("the root's key is not here any more")
    return root, export_authority_key(cipher, root, passphrase)


def take_offline(cipher: Cipher, root: CertificateAuthority, copy: OfflineKey) -> None:
    """Forget the key of *root*, once *copy* has proven to be one that can be read again; raise `InvalidInput` where not."""
    read_authority_key(cipher, root, copy.pem, copy.passphrase)
    root.private_key_encrypted = None


def _get_own_root(session: Session, realm: Realm) -> CertificateAuthority:
    """Return the root above the authority that issues at present."""
    chain = find_chain(session, realm.id)
    if not chain:
        raise NotFound("the realm has no authority that issues")
    return chain[-1]


def _with_key(cipher: Cipher, root: CertificateAuthority, key: OfflineKey | None) -> CertificateAuthority:
    if key is None:
        if root.private_key_encrypted is None:
            raise Conflict("the root's key is offline: give the file that it was exported to")
        return root
    # A copy that no session knows, so that a key taken offline is not written back.
    values = {column.name: getattr(root, column.name) for column in CertificateAuthority.__table__.columns}
    encrypted = read_authority_key(cipher, root, key.pem, key.passphrase)
    return CertificateAuthority(**{**values, "private_key_encrypted": encrypted})
