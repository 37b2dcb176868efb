"""What composite roles are made of: ``…/composites``, ``…/composites/realm`` and ``…/composites/clients/{id}``."""

from typing import Annotated

from fastapi import Query

from idp.admin.api.addressing import found_by
from idp.admin.api.call import Call
from idp.admin.api.lookup import get_client
from idp.admin.api.resource import Resource
from idp.admin.api.role_addresses import ROLES, path_of, read_any_roles
from idp.admin.api.role_representation import RoleRepresentation, describe_roles
from idp.admin.api.roles import RolePage
from idp.events.tags import Tag
from idp.users.delegation import compose_role, decompose_role
from idp.users.role_mappings import parts_of_role
from idp.users.role_search import RoleRow, among, find_roles, in_container, matching

role_composites = Resource("Composite roles")


def list_all(call: Call, row: RoleRow, page: Annotated[RolePage, Query()]) -> list[RoleRepresentation]:
    """Return the roles, of the realm and of clients, that this one is composed of."""
    conditions = [among(parts_of_role(row[0].id).ids()), *([matching(page.search)] if page.search else [])]
    found = find_roles(call.session, call.realm.id, *conditions, first=page.first, limit=page.max)
    return describe_roles(found, brief=page.briefRepresentation)


def list_of_realm(call: Call, row: RoleRow) -> list[RoleRepresentation]:
    """Return those that are the realm's."""
    return _list(call, row, None)


def list_of_client(call: Call, row: RoleRow, part_client_uuid: str) -> list[RoleRepresentation]:
    """Return those that are one client's."""
    return _list(call, row, get_client(call, part_client_uuid).id)


def add(call: Call, row: RoleRow, wanted: list[RoleRepresentation]) -> None:
    """Compose the role of more."""
    role, parts = row[0], read_any_roles(call, wanted)
    compose_role(call.session, call.caller.authority, call.realm, role, parts)
    after = {"composites": [part.name for part in parts]}
    call.record(Tag.ROLE_PARTS_ADDED, f"{path_of(role)}/composites", after=after, client_id=role.client_id)


def remove(call: Call, row: RoleRow, wanted: list[RoleRepresentation]) -> None:
    """Compose the role of less."""
    role, parts = row[0], read_any_roles(call, wanted)
    decompose_role(call.session, call.caller.authority, call.realm, role, parts)
    before = {"composites": [part.name for part in parts]}
    call.record(Tag.ROLE_PARTS_REMOVED, f"{path_of(role)}/composites", before=before, client_id=role.client_id)


def _list(call: Call, row: RoleRow, client_row_id: str | None) -> list[RoleRepresentation]:
    within = in_container(call.realm.id, client_row_id)
    return describe_roles(find_roles(call.session, call.realm.id, within, among(parts_of_role(row[0].id).ids())))


for _place in ROLES:
    _path = f"{_place.path}/composites"
    role_composites.get(_path, _place.view)(found_by(_place.find, list_all))
    role_composites.get(f"{_path}/realm", _place.view)(found_by(_place.find, list_of_realm))
    role_composites.get(f"{_path}/clients/{{part_client_uuid}}", _place.view)(found_by(_place.find, list_of_client))
    role_composites.post(_path, _place.manage)(found_by(_place.hold, add))
    role_composites.delete(_path, _place.manage)(found_by(_place.hold, remove))
