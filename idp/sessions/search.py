"""The live sessions of a realm, newest first, paged by key."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Certificate, User, UserSession
from idp.storage.keyset import Position, order_from


def list_live_sessions(
    session: Session,
    clock: Clock,
    realm_id: str,
    *,
    idle_seconds: int,
    user_id: str | None = None,
    older_than: Position | None = None,
    limit: int = 50,
) -> Sequence[Row[UserSession, User]]:
    """Return sessions with their people; with *user_id*, those of one person."""
    now = clock.now()
    statement = (
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(
            UserSession.realm_id == realm_id,
            UserSession.ended_at.is_(None),
            UserSession.expires_at > now,
            UserSession.last_seen_at > now - timedelta(seconds=idle_seconds),
        )
    )
    if user_id is not None:
        statement = statement.where(UserSession.user_id == user_id)
    ordered = order_from(statement, UserSession.created_at, older_than)
    return session.execute(ordered.limit(limit)).all()


def count_sessions_resting_on(session: Session, clock: Clock, chosen: ColumnElement[bool]) -> int:
    """Return how many live sessions rest on the certificates that are *chosen*, those that nobody uses any more included."""
    resting = UserSession.certificate_id.in_(select(Certificate.id).where(chosen))
    live = (UserSession.ended_at.is_(None), UserSession.expires_at > clock.now())
    return session.scalar(select(func.count()).select_from(UserSession).where(resting, *live)) or 0
