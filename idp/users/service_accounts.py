"""The account of a client: what it may do in its own name (client_credentials), named as Keycloak names it."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Client, User
from idp.models.user import normalise
from idp.users.changes import delete_user
from idp.users.passwords import PasswordHasher
from idp.users.users import create_user

PREFIX = "service-account-"
_MAX_NAME = 255
_GRANT = "client_credentials"


def find_service_account(session: Session, client_row_id: str) -> User | None:
    """Return the client's account, or None."""
    return session.scalars(select(User).where(User.service_account_client_id == client_row_id)).one_or_none()


def find_clients_with_account(session: Session, client_row_ids: Collection[str]) -> list[str]:
    """Return the rows' ids of those among the clients that have an account."""
    having = User.service_account_client_id.in_(client_row_ids)
    return [row_id for row_id in session.scalars(select(User.service_account_client_id).where(having)) if row_id]


def ensure_service_account(session: Session, hasher: PasswordHasher, clock: Clock, client: Client) -> User:
    """Return the client's account, made where there is none; raise `Conflict` where a person has its name."""
    known = find_service_account(session, client.id)
    if known is not None:
        return known
    name = normalise(f"{PREFIX}{client.client_id}")[:_MAX_NAME]
    user = create_user(session, hasher, clock, realm_id=client.realm_id, username=name, password=None, person=False)
    user.service_account_client_id = client.id
    session.flush()
    return user


def drop_unused_service_account(session: Session, clock: Clock, client: Client) -> None:
    """Delete the account, with its roles, of a client that no longer calls for itself: it would have them again with the grant."""
    account = None if _GRANT in client.grant_types else find_service_account(session, client.id)
    if account is not None:
        delete_user(session, clock, account)
