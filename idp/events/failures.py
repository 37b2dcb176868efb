"""What events say of failed sign-ins: the last one of an account, and all accounts that had one lately."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.events.tags import Tag
from idp.models import Event

_FAILURES = (Tag.LOGIN_FAILURE, Tag.LOGIN_LOCKED, Tag.CERTIFICATE_REFUSED, Tag.RECOVERY_CODE_REFUSED)


def find_last_failure(session: Session, user_id: str, since: datetime) -> Event | None:
    """Return the latest failure of the account *since* then, or None."""
    failed = select(Event).where(Event.user_id == user_id, Event.at >= since, Event.tag.in_(_FAILURES))
    return session.scalars(failed.order_by(Event.at.desc()).limit(1)).first()


def list_failed_users(session: Session, realm_id: str, since: datetime) -> Sequence[str]:
    """Return the ids of the accounts with a failure *since* then."""
    failed = select(Event.user_id).where(Event.realm_id == realm_id, Event.at >= since, Event.tag.in_(_FAILURES))
    return [user_id for user_id in session.scalars(failed.distinct()) if user_id is not None]
