"""Roles of the realm and of clients: ``/roles``, ``/clients/{id}/roles`` and ``/roles-by-id``; and who was given them."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from idp.admin.api.addressing import found_by
from idp.admin.api.answers import Created, Tagged, plain
from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold, tag, verify_unchanged
from idp.admin.api.group_representation import GroupRepresentation, describe_groups
from idp.admin.api.memberships import AccountPage
from idp.admin.api.representation import ALL, First, Most, Term
from idp.admin.api.resource import Resource
from idp.admin.api.role_addresses import CONTAINERS, NAMED, ROLES, path_of, verify_may_give
from idp.admin.api.role_representation import RoleRepresentation, describe_role, describe_roles, read_columns
from idp.admin.api.user_representation import UserRepresentation
from idp.errors import NotPermitted
from idp.events.tags import Tag
from idp.models import ROLE_OF_USER, Client
from idp.users.group_search import GroupQuery, holding, list_groups
from idp.users.role_changes import change_role, create_role, delete_role
from idp.users.role_search import RoleRow, find_roles, in_container, matching
from idp.users.search import Linked, list_linked_users

roles = Resource("Roles")


class RolePage(BaseModel):
    """Which roles, how many, and how much of each."""

    model_config = ConfigDict(extra="ignore")

    search: Term = ""
    first: First = 0
    max: Most = ALL
    briefRepresentation: bool = True


class GroupsOfRolePage(BaseModel):
    """How many groups, and how much of each."""

    model_config = ConfigDict(extra="ignore")

    first: First = 0
    max: Most = ALL
    briefRepresentation: bool = True


def list_all(call: Call, client: Client | None, page: Annotated[RolePage, Query()]) -> list[RoleRepresentation]:
    """Return the roles by name."""
    conditions = [in_container(call.realm.id, None if client is None else client.id)]
    conditions += [matching(page.search)] if page.search else []
    found = find_roles(call.session, call.realm.id, *conditions, first=page.first, limit=page.max)
    return describe_roles(found, brief=page.briefRepresentation)


def create(call: Call, client: Client | None, representation: RoleRepresentation) -> Created:
    """Make a role."""
    hold(call, call.realm)
    role = create_role(call.session, call.realm, client, read_columns(representation))
    after = plain(describe_role(call, role))
    call.record(Tag.ROLE_CREATED, path_of(role), after=after, client_id=role.client_id)
    container = "/roles" if client is None else f"/clients/{client.id}/roles"
    return Created(call.realm_url(f"{container}/{quote(role.name, safe='')}"))


def read(_call: Call, row: RoleRow) -> Tagged:
    """Return a role."""
    return tag(describe_roles([row], brief=False)[0])


def update(call: Call, row: RoleRow, representation: RoleRepresentation) -> None:
    """Change the fields that are there."""
    (role, _), before = row, describe_roles([row], brief=False)[0]
    verify_unchanged(call, before)
    verify_may_give(call, [role])
    change_role(call.session, call.realm, role, read_columns(representation))
    after = plain(describe_role(call, role))
    call.record(Tag.ROLE_CHANGED, path_of(role), before=plain(before), after=after, client_id=role.client_id)


def delete(call: Call, row: RoleRow) -> None:
    """Delete a role, whoever has it."""
    (role, _), before = row, describe_roles([row], brief=False)[0]
    verify_unchanged(call, before)
    verify_may_give(call, [role])
    call.record(Tag.ROLE_DELETED, path_of(role), before=plain(before), client_id=role.client_id)
    delete_role(call.session, call.realm, role)


def list_users(call: Call, row: RoleRow, page: Annotated[AccountPage, Query()]) -> list[UserRepresentation]:
    """Return the accounts, by username, that were given the role themselves, to who may view accounts as well."""
    _verify_sees_people(call)
    linked = Linked(ROLE_OF_USER.c.role_id, row[0].id)
    found = list_linked_users(call.session, call.realm.id, linked, first=page.first, limit=page.max, after=page.after)
    return page.describe(list(found))


def list_groups_of_role(
    call: Call, row: RoleRow, page: Annotated[GroupsOfRolePage, Query()]
) -> list[GroupRepresentation]:
    """Return the groups that were given the role themselves, to who may view accounts as well."""
    _verify_sees_people(call)
    given, nothing = holding(row[0].id), GroupQuery()
    found = list_groups(call.session, call.realm.id, given, query=nothing, first=page.first, limit=page.max)
    return describe_groups(call, found, brief=page.briefRepresentation)


def _verify_sees_people(call: Call) -> None:
    if not call.may("view-users"):
        raise NotPermitted("Who has a role is told to those who may view accounts.")


for _place in CONTAINERS:
    roles.get(_place.path, _place.view)(found_by(_place.find, list_all))
    roles.post(_place.path, _place.manage, status=201)(found_by(_place.hold, create))
for _place in ROLES:
    roles.get(_place.path, _place.view, model=RoleRepresentation)(found_by(_place.find, read))
    roles.put(_place.path, _place.manage)(found_by(_place.hold, update))
    roles.delete(_place.path, _place.manage)(found_by(_place.hold, delete))
for _place in NAMED:
    roles.get(f"{_place.path}/users", _place.view)(found_by(_place.find, list_users))
    roles.get(f"{_place.path}/groups", _place.view)(found_by(_place.find, list_groups_of_role))
