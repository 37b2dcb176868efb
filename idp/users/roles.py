"""Roles and groups of a person: their own, those of their groups up to the top, and what composite roles hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, select, union
from sqlalchemy.orm import Session

from idp.models import COMPOSITE_ROLE, MEMBER_OF_GROUP, ROLE_OF_GROUP, ROLE_OF_USER, Client, Group, Role


@dataclass(frozen=True)
class HeldRole:
    """A role by name; `client_id` is the public client_id of a client's role, None for the realm's."""

    name: str
    client_id: str | None


def list_group_paths(session: Session, user_id: str) -> list[str]:
    """Return the groups the person is a member of as paths, such as ``/staff/support``, in order."""
    ancestors = _ancestors_of(user_id)
    rows = {
        group.id: group for group in session.scalars(select(Group).where(Group.id.in_(select(ancestors.c.id)))).all()
    }
    direct = session.scalars(select(MEMBER_OF_GROUP.c.group_id).where(MEMBER_OF_GROUP.c.user_id == user_id))
    return sorted(_path(rows, group_id) for group_id in direct)


def list_roles(session: Session, user_id: str) -> Sequence[HeldRole]:
    """Return every role the person holds, in the order of names; composites are followed, circles and all."""
    groups = select(_ancestors_of(user_id).c.id)
    given = union(
        select(ROLE_OF_USER.c.role_id).where(ROLE_OF_USER.c.user_id == user_id),
        select(ROLE_OF_GROUP.c.role_id).where(ROLE_OF_GROUP.c.group_id.in_(groups)),
    ).subquery()
    held = select(given.c.role_id).cte("held", recursive=True)
    held = held.union(select(COMPOSITE_ROLE.c.child_id).where(COMPOSITE_ROLE.c.role_id == held.c.role_id))
    rows = session.execute(
        select(Role.name, Client.client_id)
        .select_from(Role)
        .outerjoin(Client, Client.id == Role.client_id)
        .where(Role.id.in_(select(held.c.role_id)))
    )
    return sorted((HeldRole(*row) for row in rows), key=lambda role: (role.client_id or "", role.name))


def _ancestors_of(user_id: str) -> CTE:
    """Return the person's groups and all that those stand in."""
    own = (
        select(Group.id, Group.parent_id)
        .join(MEMBER_OF_GROUP, MEMBER_OF_GROUP.c.group_id == Group.id)
        .where(MEMBER_OF_GROUP.c.user_id == user_id)
        .cte("own_groups", recursive=True)
    )
    return own.union(select(Group.id, Group.parent_id).where(Group.id == own.c.parent_id))


def _path(rows: dict[str, Group], group_id: str) -> str:
    names: list[str] = []
    step: str | None = group_id
    while step in rows and len(names) < len(rows):
        names.append(rows[step].name)
        step = rows[step].parent_id
    return "/" + "/".join(reversed(names))


def names_of(roles: Iterable[HeldRole], *, client_id: str | None) -> list[str]:
    """Return the names of the realm's roles, or of one client's."""
    return [role.name for role in roles if role.client_id == client_id]
