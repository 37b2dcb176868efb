"""Where roles are found: ``/roles/{name}``, ``/clients/{id}/roles/{name}`` and ``/roles-by-id/{id}``; and whose they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold
from idp.admin.api.lookup import get_client
from idp.admin.api.policies import InRealm, OneInRealm, Policy
from idp.admin.api.role_representation import RoleRepresentation
from idp.errors import NotFound, NotPermitted
from idp.models import Client, Role
from idp.users import delegation
from idp.users.role_search import RoleRow, find_roles, in_container


@dataclass(frozen=True)
class Address:
    """A path, what finds the thing there to show and to change it, and who may do either."""

    path: str
    find: Callable[..., object]
    hold: Callable[..., object]
    view: Policy
    manage: Policy


def find_in_realm(call: Call, role_name: str) -> RoleRow:
    """Return the realm's role of that name; raise `NotFound`."""
    return _find_named(call, None, role_name)


def find_in_client(call: Call, client_uuid: str, role_name: str) -> RoleRow:
    """Return the client's role of that name; raise `NotFound`."""
    return _find_named(call, get_client(call, client_uuid).id, role_name)


def find_by_id(call: Call, role_id: str) -> RoleRow:
    """Return the role; raise `NotFound`, or `NotPermitted` where it is of the kind that the caller may not view."""
    row = _find_one(find_roles(call.session, call.realm.id, Role.id == role_id))
    return _verify_kind(call, row, "view")


def hold_in_realm(call: Call, role_name: str) -> RoleRow:
    """Return the realm's role while nobody else changes roles; raise `NotFound`."""
    hold(call, call.realm)
    return find_in_realm(call, role_name)


def hold_in_client(call: Call, client_uuid: str, role_name: str) -> RoleRow:
    """Return the client's role while nobody else changes roles; raise `NotFound`."""
    hold(call, call.realm)
    return find_in_client(call, client_uuid, role_name)


def hold_by_id(call: Call, role_id: str) -> RoleRow:
    """Return the role while nobody else changes roles; raise `NotFound` or `NotPermitted`."""
    hold(call, call.realm)
    return _verify_kind(call, find_by_id(call, role_id), "manage")


def find_no_client(_call: Call) -> Client | None:
    """Return None: the realm's own roles."""
    return None


def find_client(call: Call, client_uuid: str) -> Client | None:
    """Return the client whose roles are meant; raise `NotFound`."""
    return get_client(call, client_uuid)


_OF_REALM, _OF_CLIENT = "/realms/{realm}/roles", "/realms/{realm}/clients/{client_uuid}/roles"
_REALM, _CLIENTS = (
    (InRealm("view-realm"), InRealm("manage-realm")),
    (InRealm("view-clients"), InRealm("manage-clients")),
)
_EITHER = (OneInRealm(("view-realm", "view-clients")), OneInRealm(("manage-realm", "manage-clients")))

CONTAINERS = (
    Address(_OF_REALM, find_no_client, find_no_client, *_REALM),
    Address(_OF_CLIENT, find_client, find_client, *_CLIENTS),
)
NAMED = (
    Address(f"{_OF_REALM}/{{role_name}}", find_in_realm, hold_in_realm, *_REALM),
    Address(f"{_OF_CLIENT}/{{role_name}}", find_in_client, hold_in_client, *_CLIENTS),
)
ROLES = (*NAMED, Address("/realms/{realm}/roles-by-id/{role_id}", find_by_id, hold_by_id, *_EITHER))


def read_roles(call: Call, wanted: Sequence[RoleRepresentation], *, container: Client | None = None) -> list[Role]:
    """Return roles of the realm, or of the client; raise `NotFound` where one of them is not there."""
    within = in_container(call.realm.id, None if container is None else container.id)
    names = [role.name or "" for role in wanted if role.id is None]
    by_id = read_any_roles(call, [role for role in wanted if role.id is not None])
    by_name = [row[0] for row in find_roles(call.session, call.realm.id, within, Role.name.in_(names))] if names else []
    client_id = None if container is None else container.id
    if any(role.client_id != client_id for role in by_id) or {role.name for role in by_name} != set(names):
        raise NotFound("no such role there")
    return list({role.id: role for role in (*by_id, *by_name)}.values())


def read_any_roles(call: Call, wanted: Sequence[RoleRepresentation]) -> list[Role]:
    """Return roles of the realm and its clients by their ids; raise `NotFound` where one of them is not there."""
    ids = {role.id for role in wanted}
    found = [row[0] for row in find_roles(call.session, call.realm.id, Role.id.in_(ids - {None}))] if ids else []
    if {role.id for role in found} != ids:
        raise NotFound("no such role in this realm")
    return found


def verify_may_give(call: Call, roles: Sequence[Role]) -> None:
    """Raise `NotPermitted` where the roles give more than the caller has."""
    delegation.verify_may_give(call.session, call.caller.authority, roles)


def path_of(role: Role) -> str:
    """Return the role's path in events."""
    return f"roles-by-id/{role.id}"


def _find_named(call: Call, client_row_id: str | None, name: str) -> RoleRow:
    return _find_one(
        find_roles(call.session, call.realm.id, in_container(call.realm.id, client_row_id), Role.name == name)
    )


def _find_one(rows: Sequence[RoleRow]) -> RoleRow:
    if not rows:
        raise NotFound("no such role in this realm")
    return rows[0]


def _verify_kind(call: Call, row: RoleRow, verb: str) -> RoleRow:
    needed = f"{verb}-realm" if row[0].client_id is None else f"{verb}-clients"
    if not call.may(needed):
        raise NotPermitted(f"this needs {needed}")
    return row
