"""What people have allowed applications: remembered for each scope, and taken back as a whole."""

from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Consent, TokenFamily, new_id


def find_allowed(session: Session, user_id: str, client_id: str) -> frozenset[str]:
    """Return the scopes and claims that the person has allowed the client (its row's id); claims as ``claim:<name>``."""
    row = _find(session, user_id, client_id)
    return frozenset() if row is None else frozenset((*row.scopes, *map(name_of_claim, row.claims)))


def name_of_claim(claim: str) -> str:
    """Return how a single claim stands beside the scopes."""
    return f"claim:{claim}"


def give_consent(
    session: Session,
    clock: Clock,
    *,
    realm_id: str,
    user_id: str,
    client_id: str,
    scopes: Iterable[str],
    claims: Iterable[str] = (),
) -> Consent:
    """Add *scopes* and *claims* to what the person allows the client, and return the row."""
    row = _find(session, user_id, client_id, for_update=True)
    if row is None:
        row = Consent(
            id=new_id(), realm_id=realm_id, user_id=user_id, client_id=client_id, scopes=[], claims=[],
            created_at=clock.now(), updated_at=clock.now(),
        )  # fmt: skip
        session.add(row)
    row.scopes = sorted({*row.scopes, *scopes})
    row.claims = sorted({*row.claims, *claims})
    row.updated_at = clock.now()
    session.flush()
    return row


def revoke_consent(session: Session, clock: Clock, *, user_id: str, client_id: str) -> bool:
    """Take the consent back and end the client's tokens for the person; return whether there was one."""
    gone = session.execute(delete(Consent).where(Consent.user_id == user_id, Consent.client_id == client_id))
    families = session.scalars(
        select(TokenFamily).where(
            TokenFamily.user_id == user_id, TokenFamily.client_id == client_id, TokenFamily.revoked_at.is_(None)
        )
    )
    for family in families:
        family.revoked_at, family.revoked_reason = clock.now(), "consent taken back"
    session.flush()
    return bool(gone.rowcount)  # type: ignore[attr-defined]


def _find(session: Session, user_id: str, client_id: str, *, for_update: bool = False) -> Consent | None:
    statement = select(Consent).where(Consent.user_id == user_id, Consent.client_id == client_id)
    return session.scalars(statement.with_for_update() if for_update else statement).one_or_none()
