"""Groups as Keycloak represents them (GroupRepresentation)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from idp.admin.api.call import Call
from idp.admin.api.representation import Attributes, Representation
from idp.models import Group
from idp.users.group_search import count_subgroups, list_roles_of_groups
from idp.users.group_tree import build_path, list_ancestors, list_steps
from idp.users.roles import HeldRole, names_of

_COLUMNS = ("name", "description", "attributes")


class GroupRepresentation(Representation):
    """A group. Read are its name, description and attributes; `id` where a group is moved."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    path: str | None = None
    parentId: str | None = None
    subGroupCount: int | None = None
    subGroups: list["GroupRepresentation"] | None = None
    attributes: Attributes | None = None
    realmRoles: list[str] | None = None
    clientRoles: dict[str, list[str]] | None = None
    access: dict[str, bool] | None = None


class CountRepresentation(Representation):
    """How many there are."""

    count: int


def read_columns(representation: GroupRepresentation) -> dict[str, Any]:
    """Return what `idp.users.groups` is to set: the fields that are there."""
    return {name: value for name in _COLUMNS if (value := getattr(representation, name)) is not None}


def describe_groups(
    call: Call, groups: Sequence[Group], *, brief: bool = True, counted: bool = True, tree: bool = False
) -> list[GroupRepresentation]:
    """Return the groups, at a cost that does not grow with their number; with *tree* inside all that they stand in."""
    if not groups:
        return []
    known = list_ancestors(call.session, [group.id for group in groups])
    shown = list(known.values()) if tree else groups
    ids = [group.id for group in shown]
    counts = count_subgroups(call.session, ids) if counted else None
    roles = None if brief else list_roles_of_groups(call.session, ids)
    access = _access(call)
    described = [_describe(known, group, counts=counts, roles=roles, access=access) for group in shown]
    return _build_tree(described, _sort_by_branch(groups, known)) if tree else described


def describe_group(call: Call, group: Group) -> GroupRepresentation:
    """Return the group with all that is told of it."""
    return describe_groups(call, [group], brief=False)[0]


def _describe(
    known: Mapping[str, Group],
    group: Group,
    *,
    counts: Mapping[str, int] | None,
    roles: Mapping[str, Sequence[HeldRole]] | None,
    access: dict[str, bool],
) -> GroupRepresentation:
    brief = GroupRepresentation(
        id=group.id,
        name=group.name,
        description=group.description or None,
        path=build_path(known, group.id),
        parentId=group.parent_id,
        subGroupCount=None if counts is None else counts.get(group.id, 0),
        subGroups=[],
        access=access,
    )
    if roles is None:
        return brief
    held = roles.get(group.id, [])
    clients = dict.fromkeys(role.client_id for role in held if role.client_id is not None)
    return brief.model_copy(
        update={
            "attributes": group.attributes,
            "realmRoles": names_of(held, client_id=None),
            "clientRoles": {client_id: names_of(held, client_id=client_id) for client_id in clients},
        }
    )


def _sort_by_branch(groups: Sequence[Group], known: Mapping[str, Group]) -> list[str]:
    """Return the ids of the groups and of all that they stand in, each after what it stands in."""
    return list(dict.fromkeys(step for group in groups for step in reversed(list_steps(known, group.id))))


def _build_tree(described: Collection[GroupRepresentation], order: Sequence[str]) -> list[GroupRepresentation]:
    by_id = {group.id: group for group in described}
    top: list[GroupRepresentation] = []
    for group_id in order:
        group = by_id[group_id]
        above = top if group.parentId is None else by_id[group.parentId].subGroups
        if above is not None:
            above.append(group)
    return top


def _access(call: Call) -> dict[str, bool]:
    manages = call.may("manage-users")
    return {"view": True, "viewMembers": True, "manage": manages, "manageMembers": manages, "manageMembership": manages}
