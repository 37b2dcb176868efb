"""Rolling a realm's issuing authority over: a new one issues, what the old one has issued stays good (RFC 4210 section 4.4)."""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import CertificateAuthority, Realm
from idp.pki.authorities import find_chain, list_issuing_authorities
from idp.pki.authority_creation import create_issuing_authority
from idp.pki.authority_keys import AuthorityKeys
from idp.pki.authority_revocation import REVOKED
from idp.pki.crl import publish_if_due, publish_now
from idp.pki.ocsp_signers import renew_if_due
from idp.pki.signing import export_authority_key, read_authority_key

MINIMUM_PASSPHRASE = 12
OFFLINE_LIST_LIFETIME = timedelta(days=365)
"""How long a root's list is good when its key is fetched for it: a year, as public roots have it (CA/Browser Forum BR 4.9.7)."""


@dataclass(frozen=True)
class OfflineKey:
    """A root's key as it was exported, and the passphrase that it is under."""

    pem: bytes = field(repr=False)
    passphrase: str = field(repr=False)


def roll_over(
    session: Session,
    keys: AuthorityKeys,
    clock: Clock,
    *,
    realm: Realm,
    root_key: OfflineKey | None = None,
    published_at: str = "",
) -> CertificateAuthority:
    """Create an issuing authority under the realm's newest root of its own, retire those before it, and return it.

    The root's addresses, which its certificate names, are under *published_at*, or nowhere.

    Raises `NotFound` where the realm has no such root, `Conflict` where its key is offline and *root_key* is not given, and
    `InvalidInput` where that is not the key.
    """
    root = with_key(keys, get_own_root(session, realm), root_key)
    earlier = list_issuing_authorities(session, realm.id)
    now = clock.now().replace(microsecond=0)
    created = create_issuing_authority(
        session,
        keys,
        realm=realm,
        generation=len(earlier) + 1,
        now=now,
        root=root,
        published_at=published_at,
    )
    retire(earlier)
    session.flush()
    publish_if_due(session, keys, clock, created.id)
    renew_if_due(session, keys, clock, created.id)
    return created


def retire(authorities: list[CertificateAuthority]) -> None:
    """Let *authorities* issue no more; what they have issued stays good, and browsers are still told their names."""
    for authority in authorities:
        if authority.status == "active":
            authority.status = "retired"


def find_by_fingerprint(authorities: list[CertificateAuthority], beginning: str) -> CertificateAuthority:
    """Return the one of *authorities* whose SHA-256 (hexadecimal) begins so; raise `NotFound`."""
    found = [authority for authority in authorities if authority.fingerprint.startswith(beginning.lower())]
    if len(found) != 1:
        raise NotFound(f"{len(found)} authorities have a fingerprint that begins so")
    return found[0]


def export_root_key(
    session: Session, keys: AuthorityKeys, *, realm: Realm, passphrase: str
) -> tuple[CertificateAuthority, bytes]:
    """Return the realm's newest root and its private key as PEM under *passphrase*; raise `InvalidInput` or `Conflict`."""
    if len(passphrase) < MINIMUM_PASSPHRASE:
        raise InvalidInput(passphrase=f"Use at least {MINIMUM_PASSPHRASE} characters.")
    root = get_own_root(session, realm)
    if root.private_key_encrypted is None:
        raise Conflict("the root's key is not here any more")
    return root, export_authority_key(keys, root, passphrase)


def take_offline(
    session: Session, keys: AuthorityKeys, clock: Clock, root: CertificateAuthority, copy: OfflineKey
) -> None:
    """Forget the key of *root*, once *copy* has proven to be one that can be read again; raise `InvalidInput` where not.

    The last that it signs here is a revocation list for as long as nobody will come with the key.
    """
    read_authority_key(keys, root, copy.pem, copy.passphrase)
    publish_now(session, keys, clock, root, OFFLINE_LIST_LIFETIME)
    root.private_key_encrypted = None


def get_own_root(session: Session, realm: Realm) -> CertificateAuthority:
    """Return the root above the authority that issues at present, or did until it was revoked; raise `NotFound`."""
    chain = find_chain(session, realm.id, ("active", REVOKED))
    if not chain:
        raise NotFound("the realm has no authority that issues")
    return chain[-1]


def with_key(keys: AuthorityKeys, root: CertificateAuthority, key: OfflineKey | None) -> CertificateAuthority:
    """Return *root* ready to sign: as it is, or a copy that holds *key*; raise what `roll_over` does."""
    if key is None:
        if root.private_key_encrypted is None:
            raise Conflict("the root's key is offline: give the file that it was exported to")
        return root
    # A copy that no session knows, so that a key taken offline is not written back.
    values = {column.name: getattr(root, column.name) for column in CertificateAuthority.__table__.columns}
    encrypted = read_authority_key(keys, root, key.pem, key.passphrase)
    return CertificateAuthority(**{**values, "private_key_encrypted": encrypted})
