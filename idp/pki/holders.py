"""How many people hold a certificate, or are to."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Certificate, User
from idp.pki.certificates import counts_at


@dataclass(frozen=True)
class Holders:
    """People of a realm who are enabled: all, those with two-factor login, those with a certificate that counts, and with one
    that has expired alone."""

    people: int
    two_factor: int
    holding: int
    expired: int


def count_holders(session: Session, clock: Clock, realm_id: str) -> Holders:
    """Count them."""
    now = clock.now()
    enabled = (User.realm_id == realm_id, User.enabled.is_(True))
    people, two_factor = session.execute(
        select(func.count(), func.count(User.two_factor_enabled_at)).select_from(User).where(*enabled)
    ).one()
    last = func.max(Certificate.not_after)
    ends = (
        select(last.label("last"))
        .join(User, User.id == Certificate.user_id)
        .where(Certificate.realm_id == realm_id, counts_at(now), *enabled)
        .group_by(Certificate.user_id)
        .subquery()
    )
    holding = session.scalar(select(func.count()).select_from(ends).where(ends.c.last > now)) or 0
    expired = session.scalar(select(func.count()).select_from(ends).where(ends.c.last <= now)) or 0
    return Holders(people, two_factor, holding, expired)
