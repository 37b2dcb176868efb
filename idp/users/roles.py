"""Roles and groups of a person: their own, those of their groups up to the top, and what composite roles hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, Select, select, union
from sqlalchemy.orm import Session

from idp.models import COMPOSITE_ROLE, MEMBER_OF_GROUP, ROLE_OF_GROUP, ROLE_OF_USER, Client, Group, Role
from idp.users.group_tree import build_path, with_ancestors, with_descendants


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
    return sorted(build_path(rows, group_id) for group_id in direct)


def list_roles(session: Session, user_id: str, *, within: Select[str] | None = None) -> Sequence[HeldRole]:
    """Return every role the person holds, in the order of names; composites are followed, circles and all.

    *within* is a query for the ids of roles: others are left out.
    """
    bounds = [] if within is None else [Role.id.in_(within)]
    rows = session.execute(
        select(Role.name, Client.client_id)
        .select_from(Role)
        .outerjoin(Client, Client.id == Role.client_id)
        .where(Role.id.in_(with_composites(roles_given_to_user(user_id))), *bounds)
    )
    return sorted((HeldRole(*row) for row in rows), key=lambda role: (role.client_id or "", role.name))


def roles_given_to_user(user_id: str) -> Select[str]:
    """Return a query for the ids of the roles that the person was given, or one of their groups was."""
    own = select(ROLE_OF_USER.c.role_id).where(ROLE_OF_USER.c.user_id == user_id)
    return _with_roles_of_groups(own, groups_of_user(user_id))


def roles_given_to_group(group_id: str) -> Select[str]:
    """Return a query for the ids of the roles that members of the group have by it and by those it stands in."""
    groups = with_ancestors(select(Group.id, Group.parent_id).where(Group.id == group_id))
    return _with_roles_of_groups(None, select(groups.c.id))


def roles_given_below_group(group_id: str) -> Select[str]:
    """Return a query for the ids of the roles that the group and those that stand in it were given."""
    return _with_roles_of_groups(None, select(with_descendants(group_id).c.id))


def groups_of_user(user_id: str) -> Select[str]:
    """Return a query for the ids of the groups that give the person roles: their own, and all that those stand in."""
    return select(_ancestors_of(user_id).c.id)


def groups_above(group_id: str) -> Select[str]:
    """Return a query for the ids of the groups that the group stands in, up to the top."""
    above = with_ancestors(select(Group.id, Group.parent_id).where(Group.id == group_id))
    return select(above.c.id).where(above.c.id != group_id)


def with_composites(given: Select[str], *, name: str = "held") -> Select[str]:
    """Return a query for the ids of the roles that *given* finds, and of all that those are composed of.

    Two of them in one statement need a *name* each.
    """
    held = given.cte(name, recursive=True)
    children = select(COMPOSITE_ROLE.c.child_id).where(COMPOSITE_ROLE.c.role_id == held.c[0])
    return select(held.union(children).c[0])


def _with_roles_of_groups(own: Select[str] | None, groups: Select[str]) -> Select[str]:
    inherited = select(ROLE_OF_GROUP.c.role_id).where(ROLE_OF_GROUP.c.group_id.in_(groups))
    return select((inherited if own is None else union(own, inherited)).subquery().c.role_id)


def _ancestors_of(user_id: str) -> CTE:
    """Return the person's groups and all that those stand in."""
    return with_ancestors(
        select(Group.id, Group.parent_id)
        .join(MEMBER_OF_GROUP, MEMBER_OF_GROUP.c.group_id == Group.id)
        .where(MEMBER_OF_GROUP.c.user_id == user_id)
    )


def names_of(roles: Iterable[HeldRole], *, client_id: str | None) -> list[str]:
    """Return the names of the realm's roles, or of one client's."""
    return [role.name for role in roles if role.client_id == client_id]
