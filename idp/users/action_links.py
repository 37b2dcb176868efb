"""Single-use links in mails. GET shows, POST acts: mail scanners follow every link they see.

A link is void once it is used, expired, superseded by a newer one of its purpose, sent to an address that is no longer the
account's, or (for those that a password guards) older than the password.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import LinkInvalid
from idp.models import ActionLink, User
from idp.storage.holding import hold_by_id


class Purpose(StrEnum):
    """What a link is for."""

    RESET_PASSWORD = "reset_password"  # noqa: S105 (a purpose)
    VERIFY_EMAIL = "verify_email"
    DISABLE_TWO_FACTOR = "disable_two_factor"
    ENROLMENT = "enrolment"
    INVITATION = "invitation"


_DIE_WITH_PASSWORD = {Purpose.RESET_PASSWORD, Purpose.DISABLE_TWO_FACTOR, Purpose.ENROLMENT, Purpose.INVITATION}


@dataclass(frozen=True)
class LiveLink:
    """A link that may still be used, and whose it is."""

    row: ActionLink
    user: User


def issue_link(
    session: Session,
    clock: Clock,
    *,
    user: User,
    purpose: Purpose,
    lifetime: timedelta,
    details: dict[str, Any] | None = None,
) -> str:
    """Make a link that lives for *lifetime*; older ones of its purpose die. Return its token (256 random bits).

    It is good while the account has the address that it has now.
    """
    hold_by_id(session, User, user.id)
    session.execute(delete(ActionLink).where(ActionLink.user_id == user.id, ActionLink.purpose == purpose))
    token, now = secrets.token_urlsafe(32), clock.now()
    session.add(
        ActionLink(
            realm_id=user.realm_id,
            user_id=user.id,
            purpose=purpose,
            token_digest=_digest(token),
            details={**(details or {}), "email": user.email},
            created_at=now,
            expires_at=now + lifetime,
        )
    )
    session.flush()
    return token


def get_live_link(session: Session, clock: Clock, *, realm_id: str, purpose: Purpose, token: str) -> LiveLink:
    """Return the link without using it; raise `LinkInvalid`."""
    found = session.execute(
        select(ActionLink, User)
        .join(User, User.id == ActionLink.user_id)
        .where(ActionLink.token_digest == _digest(token), ActionLink.realm_id == realm_id)
        .where(ActionLink.purpose == purpose)
    ).one_or_none()
    if found is None:
        raise LinkInvalid("there is no such link")
    link = LiveLink(found[0], found[1])
    _verify_alive(link, clock)
    return link


def use_link(session: Session, clock: Clock, link: LiveLink) -> None:
    """Consume the link; raise `LinkInvalid` when somebody else was faster."""
    hold_by_id(session, User, link.row.user_id)  # before the link's own row, as `issue_link` does: no deadlock
    used = session.execute(
        update(ActionLink)
        .where(ActionLink.id == link.row.id, ActionLink.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    if not used.rowcount:  # type: ignore[attr-defined]
        raise LinkInvalid("the link was used a moment ago")


def void_links(session: Session, user_id: str, purpose: Purpose) -> None:
    """Delete the user's links of that purpose."""
    session.execute(delete(ActionLink).where(ActionLink.user_id == user_id, ActionLink.purpose == purpose))


def is_alive(link: LiveLink, clock: Clock) -> bool:
    """Tell whether the link may still be used."""
    try:
        _verify_alive(link, clock)
    except LinkInvalid:
        return False
    return True


def _verify_alive(link: LiveLink, clock: Clock) -> None:
    row, user = link.row, link.user
    if row.used_at is not None or clock.now() >= row.expires_at or not user.enabled:
        raise LinkInvalid("the link was used, has expired, or its account is disabled")
    changed = user.password_changed_at
    if row.purpose in _DIE_WITH_PASSWORD and changed is not None and changed > row.created_at:
        raise LinkInvalid("the password was changed after the link was made")
    if row.details.get("email") != user.email:
        raise LinkInvalid("the link was sent to another address")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
