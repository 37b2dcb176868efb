"""How many people hold a certificate, or are to."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
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
    enabled = (User.realm_id == realm_id, User.enabled.is_(True))
    people, two_factor = session.execute(
        select(func.count(), func.count(User.two_factor_enabled_at)).select_from(User).where(*enabled)
    ).one()
    usable = case((Certificate.not_after > now, Certificate.user_id))
    ever, holding = session.execute(
        select(func.count(Certificate.user_id.distinct()), func.count(usable.distinct())).where(
            Certificate.realm_id == realm_id, counts_at(now)
        )
    ).one()
    return Holders(people, two_factor, holding, ever - holding)
