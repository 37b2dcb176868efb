"""Give accounts roles and take them away; whether the caller may is `idp.users.authority`'s to say."""

from collections.abc import Iterable

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from idp.models import ROLE_OF_USER


def give_roles(session: Session, user_id: str, role_ids: Iterable[str]) -> None:
    """Give the account the roles (their rows' ids) that it has not."""
    own = select(ROLE_OF_USER.c.role_id).where(ROLE_OF_USER.c.user_id == user_id)
    missing = set(role_ids) - set(session.scalars(own))
    if missing:
        session.execute(insert(ROLE_OF_USER), [{"user_id": user_id, "role_id": role_id} for role_id in sorted(missing)])


def take_roles(session: Session, user_id: str, role_ids: Iterable[str]) -> None:
    """Take the roles away from the account; groups and composite roles may still give them."""
    chosen = ROLE_OF_USER.c.role_id.in_(list(role_ids))
    session.execute(delete(ROLE_OF_USER).where(ROLE_OF_USER.c.user_id == user_id, chosen))
