"""How many certificates one person may hold."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import InvalidInput
from idp.models import Certificate, Realm, User


def hold_account(session: Session, user_id: str) -> None:
    """Let whoever enrols for the same person wait until this transaction ends; on SQLite the one writer's lock does that."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))


def verify_limit(session: Session, clock: Clock, *, realm: Realm, user_id: str) -> None:
    """Verify, after the new row was inserted, that the person holds no more than the realm allows; raise `InvalidInput`.

    Certificates that are revoked or have expired do not count.
    """
    held = session.scalar(
        select(func.count()).where(
            Certificate.user_id == user_id, Certificate.revoked_at.is_(None), Certificate.not_after >= clock.now()
        )
    )
    if (held or 0) > realm.certificate_limit:
        raise InvalidInput(
            certificate_limit=f"You hold {realm.certificate_limit} certificates, which is as many as you may. "
            "Revoke one that you no longer use, and come back."
        )
