"""Sessions that clients take part in, for tests of what their end means."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from idp.clients.clients import create_client
from idp.encryption import Cipher
from idp.models import LogoutNotice, TokenFamily, User
from idp.sessions.sessions import Authentication, create_session
from tests.people import Household

LOGOUT_URI = "https://app.example/backchannel"
_LIFETIME = timedelta(days=60)


def add_client(home: Household, client_id: str, **columns: Any) -> str:
    """Register a client that wants to be told of logouts; return the id of its row."""
    with home.database.transaction() as session:
        client = create_client(session, Cipher(bytes(32)), home.clock, realm_id=home.realm.id, client_id=client_id)
        for name, value in {"backchannel_logout_uri": LOGOUT_URI, **columns}.items():
            setattr(client, name, value)
    return client.id


def add_session(home: Household, user: User | None = None, **proven: Any) -> str:
    """Sign somebody in; return the session's id."""
    with home.database.begin() as transaction:
        row, _ = create_session(
            transaction,
            home.clock,
            user=user or home.user,
            authentication=Authentication(**{"auth_time": home.clock.now(), "acr": "1", "amr": ("pwd",), **proven}),
            lifetime=timedelta(hours=10),
            address="203.0.113.1",
            user_agent="A browser",
        )
    return row.id


def add_family(home: Household, session_id: str | None, client: str, scope: str = "openid") -> str:
    """Let the client have tokens in the session; return the family's id."""
    with home.database.transaction() as session:
        family = TokenFamily(
            realm_id=home.realm.id, session_id=session_id, user_id=home.user.id, client_id=client, scope=scope,
            created_at=home.clock.now(), expires_at=home.clock.now() + _LIFETIME,
        )  # fmt: skip
        session.add(family)
    return family.id


def is_revoked(home: Household, family_id: str) -> bool:
    """Tell whether the family was revoked."""
    with home.database.transaction() as session:
        return session.get_one(TokenFamily, family_id).revoked_at is not None


def list_notices(home: Household) -> list[LogoutNotice]:
    """Return all notices, oldest first."""
    with home.database.transaction() as session:
        return list(session.scalars(select(LogoutNotice).order_by(LogoutNotice.created_at)))
