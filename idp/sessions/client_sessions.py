"""The sessions in which a client has tokens, and the offline access that outlives them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from idp.models import Client, TokenFamily, User, UserSession
from idp.sessions.endings import is_offline_family, session_bears_family


@dataclass(frozen=True)
class SessionOfClient:
    """A session with its person; for offline access `last_used_at` is that of its refresh token."""

    session: UserSession
    user: User
    last_used_at: datetime


def list_sessions_of_client(
    session: Session, now: datetime, client: Client, *, first: int, limit: int
) -> list[SessionOfClient]:
    """Return live sessions in which the client has tokens, newest first."""
    rows = session.execute(
        _sessions(now, client).order_by(UserSession.created_at.desc(), UserSession.id).offset(first).limit(limit)
    ).all()
    return [SessionOfClient(row, user, row.last_seen_at) for row, user in rows]


def count_sessions_of_client(session: Session, now: datetime, client: Client) -> int:
    """Return how many there are."""
    return session.scalar(select(func.count()).select_from(_sessions(now, client).subquery())) or 0


def list_offline_access_of_client(
    session: Session, now: datetime, client: Client, *, first: int, limit: int
) -> list[SessionOfClient]:
    """Return the offline access that the client has, newest first, with the sessions in which it was given."""
    rows = session.execute(
        select(UserSession, User, TokenFamily)
        .join(UserSession, UserSession.id == TokenFamily.session_id)
        .join(User, User.id == TokenFamily.user_id)
        .where(*_live(now, client), is_offline_family(), session_bears_family())
        .order_by(TokenFamily.created_at.desc(), TokenFamily.id)
        .offset(first)
        .limit(limit)
    ).all()
    return [SessionOfClient(row, user, family.rotated_at or family.created_at) for row, user, family in rows]


def count_offline_access_of_client(session: Session, now: datetime, client: Client) -> int:
    """Return how many there are."""
    counted = select(func.count(TokenFamily.id)).join(UserSession, UserSession.id == TokenFamily.session_id)
    return session.scalar(counted.where(*_live(now, client), is_offline_family(), session_bears_family())) or 0


def _sessions(now: datetime, client: Client) -> Select[UserSession, User]:
    having = select(TokenFamily.session_id).where(*_live(now, client))
    return (
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.id.in_(having), UserSession.ended_at.is_(None), UserSession.expires_at > now)
    )


def _live(now: datetime, client: Client) -> list[ColumnElement[bool]]:
    return [TokenFamily.client_id == client.id, TokenFamily.revoked_at.is_(None), TokenFamily.expires_at > now]
