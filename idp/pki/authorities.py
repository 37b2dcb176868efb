"""The authorities of a realm: a root, and an issuing authority under it (RFC 5280 section 3.2)."""

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import Conflict, NotFound
from idp.models import CertificateAuthority, Realm
from idp.pki.authority_creation import create_issuing_authority, create_root
from idp.pki.authority_keys import AuthorityKeys
from idp.pki.crl import publish_if_due
from idp.pki.ocsp_signers import renew_if_due


def create_authorities(
    session: Session, keys: AuthorityKeys, clock: Clock, *, realm: Realm, published_at: str = ""
) -> CertificateAuthority:
    """Create a root and an issuing authority and return the latter; raise `Conflict` where one is active.

    The addresses that its certificate names are under *published_at*, or nowhere.
    """
    earlier = list_issuing_authorities(session, realm.id)
    if any(authority.status == "active" for authority in earlier):
        raise Conflict(f"realm {realm.name} has an active issuing authority")
    now, generation = clock.now().replace(microsecond=0), len(earlier) + 1
    root = create_root(session, keys, realm=realm, generation=generation, now=now)
    created = create_issuing_authority(
        session, keys, realm=realm, generation=generation, now=now, root=root, published_at=published_at
    )
    for authority in (root, created):
        publish_if_due(session, keys, clock, authority.id)
    renew_if_due(session, keys, clock, created.id)
    return created


def list_issuing_authorities(session: Session, realm_id: str | None) -> list[CertificateAuthority]:
    """Return a realm's issuing authorities (None: those of all realms), oldest first, retired and revoked ones included.

    A retired authority issues no more, but what it issued stays good: its name is still sent to browsers. Below a revoked one
    nothing is good.
    """
    return _list_authorities(session, "issuing", realm_id)


def list_roots(session: Session, realm_id: str) -> list[CertificateAuthority]:
    """Return a realm's roots, oldest first."""
    return _list_authorities(session, "root", realm_id)


def get_authority(session: Session, realm_id: str, authority_id: str) -> CertificateAuthority:
    """Return the realm's root or issuing authority with this id; raise `NotFound`."""
    row = session.get(CertificateAuthority, authority_id)
    if row is None or row.realm_id != realm_id or row.kind not in {"root", "issuing"}:
        raise NotFound("no such authority in this realm")
    return row


def get_issuing_authority(session: Session, realm_id: str, now: datetime) -> CertificateAuthority:
    """Return the newest active issuing authority that is valid at *now*; raise `NotFound`."""
    for authority in reversed(list_issuing_authorities(session, realm_id)):
        if authority.status == "active" and authority.not_before <= now < authority.not_after:
            return authority
    raise NotFound("the realm has no issuing authority that is active and valid")


def verify_still_issuing(session: Session, authority: CertificateAuthority) -> None:
    """Let whoever retires or revokes the authority wait until this transaction ends; raise `NotFound` where somebody just did.

    Others may issue meanwhile. On SQLite the one writer's lock has to be held already.
    """
    held = select(CertificateAuthority).where(CertificateAuthority.id == authority.id).with_for_update(read=True)
    session.scalars(held.execution_options(populate_existing=True)).one()
    if authority.status != "active":
        raise NotFound("the authority was retired or revoked a moment ago")


def find_chain(session: Session, realm_id: str, statuses: tuple[str, ...] = ("active",)) -> list[CertificateAuthority]:
    """Return the newest issuing authority in one of *statuses* and those above it up to the root; empty where none is."""
    chain = [a for a in list_issuing_authorities(session, realm_id) if a.status in statuses][-1:]
    while chain and chain[-1].parent_id is not None:
        chain.append(session.get_one(CertificateAuthority, chain[-1].parent_id))
    return chain


def _list_authorities(
    session: Session, kind: Literal["root", "issuing"], realm_id: str | None
) -> list[CertificateAuthority]:
    statement = select(CertificateAuthority).where(CertificateAuthority.kind == kind)
    if realm_id is not None:
        statement = statement.where(CertificateAuthority.realm_id == realm_id)
    order = (CertificateAuthority.created_at, CertificateAuthority.id)
    return list(session.scalars(statement.order_by(*order)))
