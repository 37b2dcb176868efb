"""Give roles and take them away; whether the caller may is `idp.users.authority`'s to say."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Select, Table, delete, insert, select
from sqlalchemy.orm import Session

from idp.models import COMPOSITE_ROLE, ROLE_IN_CLIENT, ROLE_IN_CLIENT_SCOPE, ROLE_OF_GROUP, ROLE_OF_USER


@dataclass(frozen=True)
class RolesOf:
    """The rows that say which roles an account or group was given, a composite role is made of, or a scope has."""

    table: Table
    owner: Column[Any]
    role: Column[Any]
    owner_id: str

    def ids(self) -> Select[str]:
        """Return a query for the ids of the roles."""
        return select(self.role).where(self.owner == self.owner_id)

    def add(self, session: Session, role_ids: Iterable[str]) -> None:
        """Add the roles (their rows' ids) that are missing."""
        missing = set(role_ids) - set(session.scalars(self.ids()))
        rows = [{self.owner.name: self.owner_id, self.role.name: role_id} for role_id in sorted(missing)]
        if rows:
            session.execute(insert(self.table), rows)

    def remove(self, session: Session, role_ids: Iterable[str]) -> None:
        """Remove the roles; by groups and composite roles they may still be held."""
        session.execute(delete(self.table).where(self.owner == self.owner_id, self.role.in_(list(role_ids))))


def roles_of_user(user_id: str) -> RolesOf:
    """Return what the account itself was given."""
    return RolesOf(ROLE_OF_USER, ROLE_OF_USER.c.user_id, ROLE_OF_USER.c.role_id, user_id)


def roles_of_group(group_id: str) -> RolesOf:
    """Return what the group itself was given."""
    return RolesOf(ROLE_OF_GROUP, ROLE_OF_GROUP.c.group_id, ROLE_OF_GROUP.c.role_id, group_id)


def parts_of_role(role_id: str) -> RolesOf:
    """Return what the role itself is composed of."""
    return RolesOf(COMPOSITE_ROLE, COMPOSITE_ROLE.c.role_id, COMPOSITE_ROLE.c.child_id, role_id)


def roles_in_client(client_row_id: str) -> RolesOf:
    """Return what is in the client's scope beside its own roles."""
    return RolesOf(ROLE_IN_CLIENT, ROLE_IN_CLIENT.c.client_id, ROLE_IN_CLIENT.c.role_id, client_row_id)


def roles_in_client_scope(scope_id: str) -> RolesOf:
    """Return what the client scope brings into scope."""
    columns = ROLE_IN_CLIENT_SCOPE.c
    return RolesOf(ROLE_IN_CLIENT_SCOPE, columns.scope_id, columns.role_id, scope_id)


def give_roles(session: Session, user_id: str, role_ids: Iterable[str]) -> None:
    """Give the account the roles (their rows' ids) that it has not."""
    roles_of_user(user_id).add(session, role_ids)


def take_roles(session: Session, user_id: str, role_ids: Iterable[str]) -> None:
    """Take the roles away from the account; groups and composite roles may still give them."""
    roles_of_user(user_id).remove(session, role_ids)
