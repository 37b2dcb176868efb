"""How many people sign in with two factors."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.models import Certificate, User


@dataclass(frozen=True)
class Adoption:
    """People with two-factor login on, those who only have a usable certificate, and the rest."""

    switched_on: int
    with_certificate: int
    without: int

    @property
    def people(self) -> int:
        """All of them."""
        return self.switched_on + self.with_certificate + self.without


def count_adoption(session: Session, realm_id: str, *, now: datetime) -> Adoption:
    """Count the realm's people; the accounts of services are none."""
    # Each count is one that an index answers: by the realm, by what is switched on, by the end of certificates.
    everybody = _count(session, User.realm_id == realm_id)
    services = _count(session, User.realm_id == realm_id, User.service_account_client_id.is_not(None))
    switched_on = _count(session, User.realm_id == realm_id, User.two_factor_enabled_at.is_not(None))
    holders = (
        select(Certificate.user_id)
        .where(Certificate.realm_id == realm_id, Certificate.not_after > now, Certificate.revoked_at.is_(None))
        .distinct()
    )
    with_certificate = _count(session, User.id.in_(holders), User.two_factor_enabled_at.is_(None))
    return Adoption(switched_on, with_certificate, everybody - services - switched_on - with_certificate)


def _count(session: Session, *conditions: object) -> int:
    return session.scalar(select(func.count()).select_from(User).where(*conditions)) or 0  # type: ignore[arg-type]
