"""Sessions of accounts: ``/realms/{realm}/users/{id}/{sessions,logout}`` and ``/realms/{realm}/sessions/{id}``."""

from sqlalchemy import select

from idp.admin.api.call import Call
from idp.admin.api.lookup import get_session, get_user
from idp.admin.api.policies import InRealm
from idp.admin.api.resource import Resource
from idp.admin.api.user_representation import UserSessionRepresentation, describe_session
from idp.events.tags import Tag
from idp.models import Client, TokenFamily, UserSession
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_session, end_sessions_of

user_sessions = Resource("Sessions")
_USER = "/realms/{realm}/users/{user_id}"


@user_sessions.get(f"{_USER}/sessions", InRealm("view-users"))
def list_sessions(call: Call, user_id: str) -> list[UserSessionRepresentation]:
    """Return the account's live sessions, newest first."""
    user = get_user(call, user_id)
    live = (
        select(UserSession)
        .where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
        .where(UserSession.expires_at > call.services.clock.now())
        .order_by(UserSession.created_at.desc(), UserSession.id)
    )
    return [describe_session(row, user, _clients_of(call, row)) for row in call.session.scalars(live).all()]


@user_sessions.post(f"{_USER}/logout", InRealm("manage-users"))
def sign_out(call: Call, user_id: str) -> None:
    """End all sessions of the account, and what was granted in them."""
    user = get_user(call, user_id)
    ended = end_sessions_of(call.session, call.services.clock, user.id, reason=Ending.ADMINISTRATOR)
    call.record(Tag.USER_SIGNED_OUT, f"users/{user.id}/logout", after={"sessions": list(ended)}, user_id=user.id)


@user_sessions.delete("/realms/{realm}/sessions/{session_id}", InRealm("manage-users"))
def end(call: Call, session_id: str) -> None:
    """End one session."""
    found = get_session(call, session_id)
    end_session(call.session, call.services.clock, found.id, reason=Ending.ADMINISTRATOR)
    after = {"sessions": [found.id]}
    call.record(Tag.USER_SIGNED_OUT, f"sessions/{found.id}", after=after, user_id=found.user_id)


def _clients_of(call: Call, row: UserSession) -> dict[str, str]:
    clients = call.session.scalars(
        select(Client)
        .join(TokenFamily, TokenFamily.client_id == Client.id)
        .where(TokenFamily.session_id == row.id, TokenFamily.revoked_at.is_(None))
    ).unique()
    return {client.id: client.client_id for client in clients}
