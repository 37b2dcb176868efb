"""Links for people who have lost their certificate: which wait, which were used, and taking one back."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import NotFound
from idp.models import ActionLink, User
from idp.storage.holding import hold_by_id
from idp.storage.keyset import order_by_key
from idp.users.action_links import LiveLink, Purpose, is_alive

PURPOSES = (Purpose.DISABLE_TWO_FACTOR, Purpose.ENROLMENT)


class LinkState(StrEnum):
    """What has become of a link; `void` is one that time, a new password or another address has ended."""

    PENDING = "pending"
    USED = "used"
    VOID = "void"


@dataclass(frozen=True, kw_only=True)
class RecoveryQuery:
    """Whose links (id), and for what."""

    user_id: str | None = None
    purpose: str | None = None


@dataclass(frozen=True)
class RecoveryRequest:
    """A link, whose it is, and what has become of it."""

    row: ActionLink
    user: User
    state: LinkState


def search_recovery_requests(
    session: Session, clock: Clock, realm_id: str, query: RecoveryQuery, *, limit: int = 100, after: str | None = None
) -> Sequence[RecoveryRequest]:
    """Return *limit* links, newest first, that follow the one with the id *after*; raise `InvalidInput` where that is not the realm's.

    Links are kept for a week beyond their end, and a newer one takes the place of an earlier; events go on for ever.
    """
    statement = select(ActionLink, User).join(User, User.id == ActionLink.user_id)
    statement = statement.where(ActionLink.realm_id == realm_id, ActionLink.purpose.in_(PURPOSES))
    if query.user_id is not None:
        statement = statement.where(ActionLink.user_id == query.user_id)
    if query.purpose is not None:
        statement = statement.where(ActionLink.purpose == query.purpose)
    ordered = order_by_key(session, statement, ActionLink.created_at, realm_id=realm_id, after=after)
    return [_describe(row, user, clock) for row, user in session.execute(ordered.limit(limit))]


def revoke_recovery_request(session: Session, clock: Clock, realm_id: str, link_id: str) -> RecoveryRequest:
    """Take the link back and return what it was; raise `NotFound` where none of the realm's waits with this id."""
    row = session.get(ActionLink, link_id)
    if row is None or row.realm_id != realm_id or row.purpose not in PURPOSES:
        raise NotFound("no such link in this realm")
    hold_by_id(session, User, row.user_id)  # whoever uses it waits, and finds it gone
    found = _describe(row, session.get_one(User, row.user_id), clock)
    gone = session.execute(
        delete(ActionLink)
        .where(ActionLink.id == link_id, ActionLink.used_at.is_(None))
        .execution_options(synchronize_session=False)
    )
    if not gone.rowcount:  # type: ignore[attr-defined]
        raise NotFound("the link was used already")
    return found


def _describe(row: ActionLink, user: User, clock: Clock) -> RecoveryRequest:
    if row.used_at is not None:
        return RecoveryRequest(row, user, LinkState.USED)
    return RecoveryRequest(row, user, LinkState.PENDING if is_alive(LiveLink(row, user), clock) else LinkState.VOID)
