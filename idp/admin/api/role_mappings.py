"""Which roles accounts and groups have: ``/users/{id}/role-mappings`` and ``/groups/{id}/role-mappings``."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Select, not_, select

from idp.admin.api.addressing import found_by
from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold
from idp.admin.api.lookup import get_client, get_group, get_manageable_group, get_manageable_user, get_user
from idp.admin.api.policies import InRealm
from idp.admin.api.resource import Resource
from idp.admin.api.role_addresses import Address, read_roles, verify_may_give
from idp.admin.api.role_representation import (
    ClientMappingsRepresentation,
    MappingsRepresentation,
    RoleRepresentation,
    describe_roles,
)
from idp.events.tags import Tag
from idp.models import Client, Group, Role, User
from idp.users.role_mappings import RolesOf, roles_of_group, roles_of_user
from idp.users.role_search import among, find_roles, in_container
from idp.users.roles import roles_given_to_group, roles_given_to_user, with_composites

role_mappings = Resource("Role mappings")
VIEW, MANAGE = InRealm("view-users"), InRealm("manage-users")


@dataclass(frozen=True)
class Holder:
    """An account or a group: its path, what it was given itself, and all that it was given in whatever way."""

    path: str
    own: RolesOf
    given: Select[str]
    user_id: str | None
    tags: tuple[Tag, Tag]


@dataclass(frozen=True)
class MappedRoles:
    """An account or a group, and whose roles are meant: the realm's or a client's."""

    holder: Holder
    client: Client | None

    @property
    def client_row_id(self) -> str | None:
        """The id of the client's row."""
        return None if self.client is None else self.client.id


def find_user(call: Call, user_id: str) -> Holder:
    """Return the account; raise `NotFound`."""
    return _of_user(get_user(call, user_id))


def hold_user(call: Call, user_id: str) -> Holder:
    """Return the account, if the caller has all that it has, while nobody else changes roles."""
    hold(call, call.realm)
    return _of_user(get_manageable_user(call, user_id))


def find_group(call: Call, group_id: str) -> Holder:
    """Return the group; raise `NotFound`."""
    return _of_group(get_group(call, group_id))


def hold_group(call: Call, group_id: str) -> Holder:
    """Return the group, if the caller has all that it gives, while nobody else changes roles."""
    hold(call, call.realm)
    return _of_group(get_manageable_group(call, group_id))


def list_all(call: Call, holder: Holder) -> MappingsRepresentation:
    """Return the roles that were given to the account or group itself."""
    rows = find_roles(call.session, call.realm.id, among(holder.own.ids()))
    clients = call.session.scalars(
        select(Client).where(Client.id.in_({role.client_id for role, _ in rows} - {None})).order_by(Client.client_id)
    ).all()
    of_clients = {
        client.client_id: ClientMappingsRepresentation(
            id=client.id,
            client=client.client_id,
            mappings=describe_roles(row for row in rows if row[0].client_id == client.id),
        )
        for client in clients
    }
    of_realm = describe_roles(row for row in rows if row[0].client_id is None)
    return MappingsRepresentation(realmMappings=of_realm or None, clientMappings=of_clients or None)


def list_own(call: Call, mapping: MappedRoles) -> list[RoleRepresentation]:
    """Return the roles that were given to the account or group itself."""
    within = in_container(call.realm.id, mapping.client_row_id)
    return describe_roles(find_roles(call.session, call.realm.id, within, among(mapping.holder.own.ids())))


def list_available(call: Call, mapping: MappedRoles) -> list[RoleRepresentation]:
    """Return the roles that were not."""
    within = in_container(call.realm.id, mapping.client_row_id)
    return describe_roles(find_roles(call.session, call.realm.id, within, not_(among(mapping.holder.own.ids()))))


def list_effective(call: Call, mapping: MappedRoles, briefRepresentation: bool = True) -> list[RoleRepresentation]:
    """Return all roles that the account or group has: its own, those by groups, and what they are composed of."""
    within, held = in_container(call.realm.id, mapping.client_row_id), with_composites(mapping.holder.given)
    return describe_roles(find_roles(call.session, call.realm.id, within, among(held)), brief=briefRepresentation)


def give(call: Call, mapping: MappedRoles, wanted: list[RoleRepresentation]) -> None:
    """Give roles to the account or group."""
    holder, given = mapping.holder, read_roles(call, wanted, container=mapping.client)
    verify_may_give(call, given)
    holder.own.add(call.session, [role.id for role in given])
    _record(call, mapping, holder.tags[0], given)


def take(call: Call, mapping: MappedRoles, wanted: list[RoleRepresentation] | None = None) -> None:
    """Take roles away from the account or group; without a body all that it was given."""
    holder, within = mapping.holder, in_container(call.realm.id, mapping.client_row_id)
    if wanted is None:
        rows = find_roles(call.session, call.realm.id, within, among(holder.own.ids()))
        taken = [role for role, _ in rows]
    else:
        taken = read_roles(call, wanted, container=mapping.client)
    verify_may_give(call, taken)
    holder.own.remove(call.session, [role.id for role in taken])
    _record(call, mapping, holder.tags[1], taken)


def _of_user(user: User) -> Holder:
    tags = Tag.USER_ROLES_GIVEN, Tag.USER_ROLES_TAKEN
    return Holder(f"users/{user.id}", roles_of_user(user.id), roles_given_to_user(user.id), user.id, tags)


def _of_group(group: Group) -> Holder:
    tags = Tag.GROUP_ROLES_GIVEN, Tag.GROUP_ROLES_TAKEN
    return Holder(f"groups/{group.id}", roles_of_group(group.id), roles_given_to_group(group.id), None, tags)


def _record(call: Call, mapping: MappedRoles, event: Tag, roles: list[Role]) -> None:
    holder = mapping.holder
    where = "realm" if mapping.client is None else f"clients/{mapping.client.id}"
    names = {"roles": [role.name for role in roles]}
    given = event is holder.tags[0]
    before, after = (None, names) if given else (names, None)
    path = f"{holder.path}/role-mappings/{where}"
    call.record(event, path, before=before, after=after, user_id=holder.user_id, client_id=mapping.client_row_id)


def _in_realm(find: Callable[..., Holder]) -> Callable[..., MappedRoles]:
    def find_mapping(_call: Call, holder: Holder) -> MappedRoles:
        return MappedRoles(holder, None)

    return found_by(find, find_mapping)


def _in_client(find: Callable[..., Holder]) -> Callable[..., MappedRoles]:
    def find_mapping(call: Call, holder: Holder, client_uuid: str) -> MappedRoles:
        return MappedRoles(holder, get_client(call, client_uuid))

    return found_by(find, find_mapping)


def _register(place: Address) -> None:
    role_mappings.get(place.path, place.view)(found_by(place.find, list_own))
    role_mappings.get(f"{place.path}/available", place.view)(found_by(place.find, list_available))
    role_mappings.get(f"{place.path}/composite", place.view)(found_by(place.find, list_effective))
    role_mappings.post(place.path, place.manage)(found_by(place.hold, give))
    role_mappings.delete(place.path, place.manage)(found_by(place.hold, take))


for _start, _find, _hold in (
    ("/realms/{realm}/users/{user_id}/role-mappings", find_user, hold_user),
    ("/realms/{realm}/groups/{group_id}/role-mappings", find_group, hold_group),
):
    role_mappings.get(_start, VIEW)(found_by(_find, list_all))
    _register(Address(f"{_start}/realm", _in_realm(_find), _in_realm(_hold), VIEW, MANAGE))
    _register(Address(f"{_start}/clients/{{client_uuid}}", _in_client(_find), _in_client(_hold), VIEW, MANAGE))
