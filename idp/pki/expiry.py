"""Which certificates are about to end without their owner having another for the device (RFC 5280 section 4.1.2.5)."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from idp.clock import Clock
from idp.models import Certificate, User

REMINDERS = (1, 7, 14, 30)
"""Days before the end at which a person is reminded."""


def claim_expiring(session: Session, clock: Clock, realm_id: str, *, limit: int) -> Sequence[Certificate]:
    """Return at most *limit* certificates whose owner is to be reminded now, each for one worker and one time of `REMINDERS`.

    Of several times that went by, the last one counts. Nobody is reminded of a certificate that is younger than the
    time before its end, that is revoked or replaced (a renewal that was never shown does not replace it), or whose owner is disabled.
    """
    claimed: list[Certificate] = []
    for days in REMINDERS:
        claimed += _claim(session, clock, realm_id, days, limit - len(claimed))
    return [row for row in claimed if row.created_at <= row.not_after - timedelta(days=row.reminded_days or 0)]


def _claim(session: Session, clock: Clock, realm_id: str, days: int, limit: int) -> Sequence[Certificate]:
    now, newer = clock.now(), aliased(Certificate)
    due = (
        Certificate.realm_id == realm_id,
        Certificate.not_after > now,
        Certificate.not_after <= now + timedelta(days=days),
        Certificate.revoked_at.is_(None),
        Certificate.superseded_at.is_(None),
        Certificate.reminded_days.is_(None) | (Certificate.reminded_days > days),
    )
    replaced = select(newer.id).where(
        newer.user_id == Certificate.user_id,
        newer.device_name == Certificate.device_name,
        newer.revoked_at.is_(None),
        newer.replaces_id.is_(None) | newer.proven_at.is_not(None),
        newer.not_after > Certificate.not_after,
    )
    enabled = select(User.id).where(User.id == Certificate.user_id, User.enabled.is_(True))
    chosen = select(Certificate.id).where(*due, ~replaced.exists(), enabled.exists()).limit(limit)
    # The condition once more: of two workers that chose the same row, the second finds it changed.
    claim = update(Certificate).where(Certificate.id.in_(chosen.scalar_subquery()), *due).values(reminded_days=days)
    options = {"synchronize_session": False, "populate_existing": True}
    return session.scalars(claim.returning(Certificate).execution_options(**options)).all()
