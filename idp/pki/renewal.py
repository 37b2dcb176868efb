"""Renewing a certificate: when it may be, and what becomes of the one that is replaced.

The new one names the old one (`replaces_id`). The old one goes on as it is until the new one has been shown once; from that
moment on it counts for the realm's overlap (`superseded_at`), and then it is revoked (RFC 5280 section 5.3.1, superseded).
One certificate has at most one successor that counts, and whoever renews that one too parts with what is still behind it.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, aliased

from idp.clock import Clock
from idp.errors import IdpError, NotFound
from idp.models import Certificate, Realm, User
from idp.pki.authorities import get_issuing_authority
from idp.pki.certificates import counts_at
from idp.storage.holding import hold_by_id


class Obstacle(StrEnum):
    """Why a certificate cannot be renewed."""

    NEVER = "never"
    FOREIGN = "foreign"
    REVOKED = "revoked"
    REPLACED = "replaced"
    EXPIRED = "expired"
    TOO_EARLY = "too_early"
    NO_AUTHORITY = "no_authority"


class NotRenewable(IdpError):
    """The certificate cannot be renewed; `obstacle` says why."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(f"not renewable: {obstacle}")
        self.obstacle = obstacle


def find_obstacle(certificate: Certificate, window: timedelta, now: datetime) -> Obstacle | None:
    """Return why *certificate* cannot be renewed at *now*, None where it can; *window* is the realm's."""
    rules = (
        (Obstacle.NEVER, not window),
        (Obstacle.FOREIGN, certificate.authority_id is None),
        (Obstacle.REPLACED, certificate.superseded_at is not None),
        (Obstacle.REVOKED, certificate.revoked_at is not None),
        (Obstacle.EXPIRED, now > certificate.not_after),
        (Obstacle.TOO_EARLY, certificate.not_after - now > window),
    )
    return next((obstacle for obstacle, applies in rules if applies), None)


def verify_renewable(session: Session, clock: Clock, certificate: Certificate, window: timedelta) -> None:
    """Raise `NotRenewable` where *certificate*, or the realm, does not allow it."""
    obstacle = find_obstacle(certificate, window, clock.now())
    if obstacle is not None:
        raise NotRenewable(obstacle)
    try:
        get_issuing_authority(session, certificate.realm_id, clock.now())
    except NotFound as error:
        raise NotRenewable(Obstacle.NO_AUTHORITY) from error


def begin_renewal(session: Session, clock: Clock, realm: Realm, old: Certificate) -> None:
    """Make *old* ready for a successor, once the caller holds its owner's account; raise `NotRenewable`.

    A successor that was never shown ends with that, and so does what *old* itself has replaced.
    """
    session.refresh(old)  # somebody else may have renewed or revoked it while we waited
    verify_renewable(session, clock, old, timedelta(seconds=realm.certificate_renewal_window))
    unshown = (Certificate.replaces_id == old.id) & Certificate.proven_at.is_(None)
    now = clock.now()
    _supersede(session, (unshown | (Certificate.id == old.replaces_id)) & counts_at(now), now)


def complete_renewal(session: Session, clock: Clock, new: Certificate, overlap: timedelta) -> Certificate | None:
    """*new* was shown: let what it replaces count for *overlap* from now on, and return that; None where nothing changes."""
    if new.replaces_id is None:
        return None
    hold_by_id(session, User, new.user_id)
    row, now = aliased(Certificate), clock.now()
    # In the same statement: if the old one was renewed once more a moment ago, it is still needed.
    good = select(row.id).where(row.id == new.id, counts_at(now, row)).exists()
    unrenewed = Certificate.superseded_at.is_(None) & Certificate.revoked_at.is_(None)
    replaced = _supersede(session, (Certificate.id == new.replaces_id) & unrenewed & good, now + overlap)
    return replaced[0] if replaced else None


def find_untested_successor(session: Session, clock: Clock, old: Certificate) -> Certificate | None:
    """Return the one that is to replace *old* and has not been shown yet, or None."""
    statement = select(Certificate).where(
        Certificate.replaces_id == old.id, Certificate.proven_at.is_(None), counts_at(clock.now())
    )
    return session.scalars(statement).first()


def _supersede(session: Session, which: ColumnElement[bool], at: datetime) -> list[Certificate]:
    statement = update(Certificate).where(which).values(superseded_at=at).returning(Certificate)
    options = {"synchronize_session": False, "populate_existing": True}
    return list(session.scalars(statement.execution_options(**options)))
