"""How many people hold a certificate, or are to."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func, not_, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Certificate, User
from idp.pki.certificates import counts_at


@dataclass(frozen=True)
class Holders:
    """People of a realm who are enabled, and those of them with two-factor login; and whoever has a certificate that counts, or
    expired ones alone, disabled people included, as to leave them out would take seconds in a large realm.
    """

    people: int
    two_factor: int
    holding: int
    expired: int


def count_holders(session: Session, clock: Clock, realm_id: str) -> Holders:
    """Count them."""
    now = clock.now()
    # Each count is one that an index answers: who is disabled, or has switched something on, are few.
    here, disabled, two_factor = User.realm_id == realm_id, not_(User.enabled), User.two_factor_enabled_at.is_not(None)
    people = _count(session, here) - _count(session, here, disabled)
    secured = _count(session, here, two_factor) - _count(session, here, disabled, two_factor)
    usable = case((Certificate.not_after > now, Certificate.user_id))
    ever, holding = session.execute(
        select(func.count(Certificate.user_id.distinct()), func.count(usable.distinct())).where(
            Certificate.realm_id == realm_id, counts_at(now)
        )
    ).one()
    return Holders(people, secured, holding, ever - holding)


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(User).where(*conditions)) or 0
