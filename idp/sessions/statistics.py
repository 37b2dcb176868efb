"""How many sessions there are of each client."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Client, TokenFamily, UserSession
from idp.sessions.endings import is_offline_family, session_bears_family


@dataclass(frozen=True)
class ClientSessions:
    """A client (its row's id and its client_id), the sessions that it has tokens from, and its families with offline access."""

    id: str
    client_id: str
    active: int
    offline: int


def count_sessions_by_client(session: Session, clock: Clock, realm_id: str) -> list[ClientSessions]:
    """Return the realm's clients that have any, by client_id."""
    now = clock.now()
    live = UserSession.ended_at.is_(None) & (UserSession.expires_at > now)
    active = func.count(UserSession.id.distinct()).filter(live)
    offline = func.count(TokenFamily.id).filter(is_offline_family())
    counted = (
        select(Client.id, Client.client_id, active, offline)
        .join(TokenFamily, TokenFamily.client_id == Client.id)
        .join(UserSession, UserSession.id == TokenFamily.session_id)
        .where(Client.realm_id == realm_id, TokenFamily.revoked_at.is_(None), TokenFamily.expires_at > now)
        .where(session_bears_family())
        .group_by(Client.id, Client.client_id)
        .order_by(Client.client_id)
    )
    found = [ClientSessions(*row) for row in session.execute(counted)]
    return [one for one in found if one.active or one.offline]
