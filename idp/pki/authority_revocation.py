"""Revoking an issuing authority: nothing below it counts from then on (RFC 5280 sections 5.3.1 and 6.3)."""

from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Certificate, CertificateAuthority
from idp.pki.revocation import RevocationReason

REVOKED = "revoked"


class AuthorityRevocationReason(StrEnum):
    """The reasons for an authority; those that can be undone are left out."""

    UNSPECIFIED = "unspecified"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"


def revoke_authority(
    session: Session, clock: Clock, authority: CertificateAuthority, reason: AuthorityRevocationReason
) -> int | None:
    """Revoke *authority*, every one below it, and people's certificates of all these; return how many of the latter there were.

    Returns None, and keeps the first revocation, where it is revoked already. People's certificates become superseded: they are to
    get another, and nothing is said against their keys.
    """
    now = clock.now()
    first, *below = list_with_below(session, authority)
    if not _revoke([first], session, revoked_at=now, reason=reason):
        return None
    _revoke(below, session, revoked_at=now, reason=AuthorityRevocationReason.UNSPECIFIED)
    statement = (
        update(Certificate)
        .where(Certificate.authority_id.in_([first, *below]), Certificate.revoked_at.is_(None))
        .values(revoked_at=now, revocation_reason=RevocationReason.SUPERSEDED.value)
        .returning(Certificate.id)
        .execution_options(synchronize_session=False)
    )
    return len(session.scalars(statement).all())


def list_with_below(session: Session, authority: CertificateAuthority) -> list[str]:
    """Return the ids of *authority* and of those below it, in that order."""
    found = [authority.id]
    for authority_id in found:
        found += session.scalars(
            select(CertificateAuthority.id).where(CertificateAuthority.parent_id == authority_id)
        ).all()
    return found


def _revoke(ids: list[str], session: Session, **values: object) -> bool:
    reason = values.pop("reason")
    statement = (
        update(CertificateAuthority)
        .where(CertificateAuthority.id.in_(ids), CertificateAuthority.revoked_at.is_(None))
        .values(status=REVOKED, revocation_reason=str(reason), **values)
        .returning(CertificateAuthority)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return bool(session.scalars(statement).all())
