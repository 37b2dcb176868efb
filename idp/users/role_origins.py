"""Where somebody has their roles from: given to them, by a group, or as a part of another role."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from idp.models import COMPOSITE_ROLE, ROLE_OF_GROUP, Role
from idp.users.group_tree import build_path, list_ancestors
from idp.users.role_mappings import RolesOf, roles_of_group, roles_of_user
from idp.users.roles import groups_above, groups_of_user, roles_given_to_group, roles_given_to_user, with_composites


@dataclass(frozen=True)
class RoleHolder:
    """An account or a group: what it was given itself, all that it was given in whatever way, and the groups that give."""

    own: RolesOf
    given: Select[str]
    groups: Select[str]

    def held(self) -> Select[str]:
        """Return a query for the ids of all its roles, with what they are composed of."""
        return with_composites(self.given)


@dataclass(frozen=True)
class Origin:
    """Where one role is from: *groups* are paths, *roles* the names of the roles that it is a part of."""

    own: bool
    groups: tuple[str, ...]
    roles: tuple[str, ...]


def user_with_roles(user_id: str) -> RoleHolder:
    """Return the account as somebody who has roles."""
    return RoleHolder(roles_of_user(user_id), roles_given_to_user(user_id), groups_of_user(user_id))


def group_with_roles(group_id: str) -> RoleHolder:
    """Return the group as something that gives roles."""
    return RoleHolder(roles_of_group(group_id), roles_given_to_group(group_id), groups_above(group_id))


def find_origins(session: Session, holder: RoleHolder, role_ids: Collection[str]) -> Mapping[str, Origin]:
    """Return for each of those roles where the holder has it from."""
    own = set(session.scalars(holder.own.ids().where(holder.own.role.in_(role_ids))))
    groups, wholes = _find_groups(session, holder, role_ids), _find_wholes(session, holder, role_ids)
    return {
        role_id: Origin(role_id in own, tuple(sorted(groups[role_id])), tuple(sorted(wholes[role_id])))
        for role_id in role_ids
    }


def _find_groups(session: Session, holder: RoleHolder, role_ids: Collection[str]) -> Mapping[str, list[str]]:
    link = ROLE_OF_GROUP.c
    rows = session.execute(
        select(link.role_id, link.group_id).where(link.role_id.in_(role_ids), link.group_id.in_(holder.groups))
    ).all()
    known = list_ancestors(session, {group_id for _, group_id in rows}) if rows else {}
    found: dict[str, list[str]] = defaultdict(list)
    for role_id, group_id in rows:
        found[role_id].append(build_path(known, group_id))
    return found


def _find_wholes(session: Session, holder: RoleHolder, role_ids: Collection[str]) -> Mapping[str, list[str]]:
    link = COMPOSITE_ROLE.c
    rows = session.execute(
        select(link.child_id, Role.name)
        .join(Role, Role.id == link.role_id)
        .where(link.child_id.in_(role_ids), link.role_id.in_(holder.held()))
    )
    found: dict[str, list[str]] = defaultdict(list)
    for role_id, name in rows:
        found[role_id].append(name)
    return found
