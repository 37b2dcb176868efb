"""How many certificates one person may hold."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from idp.clock import Clock
from idp.errors import InvalidInput
from idp.models import Certificate, Realm
from idp.pki.certificates import counts_at


def verify_limit(session: Session, clock: Clock, *, realm: Realm, user_id: str, further: int = 0) -> None:
    """Verify that the person holds no more than the realm allows, with *further* ones to be inserted; raise `InvalidInput`.

    Certificates that are revoked, superseded or expired do not count, nor does one whose successor counts.
    """
    now, newer = clock.now(), aliased(Certificate)
    successor = select(newer.id).where(
        newer.replaces_id == Certificate.id, newer.not_after >= now, counts_at(now, newer)
    )
    held = session.scalar(
        select(func.count()).where(
            Certificate.user_id == user_id, counts_at(now), Certificate.not_after >= now, ~successor.exists()
        )
    )
    if (held or 0) + further > realm.certificate_limit:
        raise InvalidInput(
            certificate_limit=f"You hold {realm.certificate_limit} certificates, which is as many as you may. "
            "Revoke one that you no longer use, and come back."
        )
