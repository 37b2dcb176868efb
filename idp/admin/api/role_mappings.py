"""Which roles accounts and groups have: ``/users/{id}/role-mappings`` and ``/groups/{id}/role-mappings``."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Select, not_, select

from idp.admin.api.addressing import found_by
from idp.admin.api.call import Call
from idp.admin.api.concurrency import hold
from idp.admin.api.lookup import get_client, get_group, get_manageable_group, get_manageable_user, get_user
from idp.admin.api.policies import InRealm, Policy
from idp.admin.api.resource import Resource
from idp.admin.api.role_addresses import read_roles, verify_may_give
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


def _nothing(_call: Call) -> None:
    """Have nothing else to change."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """What roles are mapped to: its path, those that were mapped to it itself, and all that it has in whatever way.

    Roles that *has_itself* finds cannot be added to those of its own. Only who has what the roles give may change what *gives*
    them: an account or a group does. `settle` is called after a change.
    """

    path: str
    own: RolesOf
    effective: Select[str]
    has_itself: Select[str]
    tags: tuple[Tag, Tag]
    user_id: str | None = None
    client_id: str | None = None
    gives: bool = True
    settle: Callable[[Call], None] = _nothing


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
    return describe_roles(find_roles(call.session, call.realm.id, within, not_(among(mapping.holder.has_itself))))


def list_effective(call: Call, mapping: MappedRoles, briefRepresentation: bool = True) -> list[RoleRepresentation]:
    """Return all roles that the account or group has: its own, those by groups, and what they are composed of."""
    within, held = in_container(call.realm.id, mapping.client_row_id), among(mapping.holder.effective)
    return describe_roles(find_roles(call.session, call.realm.id, within, held), brief=briefRepresentation)


def give(call: Call, mapping: MappedRoles, wanted: list[RoleRepresentation]) -> None:
    """Give roles to the account or group."""
    holder, given = mapping.holder, read_roles(call, wanted, container=mapping.client)
    if holder.gives:
        verify_may_give(call, given)
    holder.own.add(call.session, [role.id for role in given])
    _record(call, mapping, holder.tags[0], given)
    holder.settle(call)


def take(call: Call, mapping: MappedRoles, wanted: list[RoleRepresentation] | None = None) -> None:
    """Take roles away from the account or group; without a body all that it was given."""
    holder, within = mapping.holder, in_container(call.realm.id, mapping.client_row_id)
    if wanted is None:
        rows = find_roles(call.session, call.realm.id, within, among(holder.own.ids()))
        taken = [role for role, _ in rows]
    else:
        taken = read_roles(call, wanted, container=mapping.client)
    if holder.gives:
        verify_may_give(call, taken)
    holder.own.remove(call.session, [role.id for role in taken])
    _record(call, mapping, holder.tags[1], taken)
    holder.settle(call)


def _of_user(user: User) -> Holder:
    own, tags = roles_of_user(user.id), (Tag.USER_ROLES_GIVEN, Tag.USER_ROLES_TAKEN)
    held = with_composites(roles_given_to_user(user.id))
    return Holder(
        path=f"users/{user.id}/role-mappings", own=own, effective=held, has_itself=own.ids(), tags=tags, user_id=user.id
    )


def _of_group(group: Group) -> Holder:
    own, tags = roles_of_group(group.id), (Tag.GROUP_ROLES_GIVEN, Tag.GROUP_ROLES_TAKEN)
    held = with_composites(roles_given_to_group(group.id))
    return Holder(path=f"groups/{group.id}/role-mappings", own=own, effective=held, has_itself=own.ids(), tags=tags)


def _record(call: Call, mapping: MappedRoles, event: Tag, roles: list[Role]) -> None:
    holder = mapping.holder
    where = "realm" if mapping.client is None else f"clients/{mapping.client.id}"
    names = {"roles": [role.name for role in roles]}
    given = event is holder.tags[0]
    before, after = (None, names) if given else (names, None)
    path, client_id = f"{holder.path}/{where}", holder.client_id or mapping.client_row_id
    call.record(event, path, before=before, after=after, user_id=holder.user_id, client_id=client_id)


def _in_realm(find: Callable[..., Holder]) -> Callable[..., MappedRoles]:
    def find_mapping(_call: Call, holder: Holder) -> MappedRoles:
        return MappedRoles(holder, None)

    return found_by(find, find_mapping)


def _in_client(find: Callable[..., Holder]) -> Callable[..., MappedRoles]:
    def find_mapping(call: Call, holder: Holder, client_uuid: str) -> MappedRoles:
        return MappedRoles(holder, get_client(call, client_uuid))

    return found_by(find, find_mapping)


def register_mappings(
    resource: Resource,
    start: str,
    policies: tuple[Policy, Policy],
    find: Callable[..., Holder],
    hold_it: Callable[..., Holder],
) -> None:
    """Make the routes below *start*: *find* for those that read, which the first policy is for, *hold_it* for those that change."""
    view, manage = policies
    resource.get(start, view)(found_by(find, list_all))
    for path, of in ((f"{start}/realm", _in_realm), (f"{start}/clients/{{client_uuid}}", _in_client)):
        mapping, held = of(find), of(hold_it)
        resource.get(path, view)(found_by(mapping, list_own))
        resource.get(f"{path}/available", view)(found_by(mapping, list_available))
        resource.get(f"{path}/composite", view)(found_by(mapping, list_effective))
        resource.post(path, manage)(found_by(held, give))
        resource.delete(path, manage)(found_by(held, take))


register_mappings(role_mappings, "/realms/{realm}/users/{user_id}/role-mappings", (VIEW, MANAGE), find_user, hold_user)
register_mappings(
    role_mappings, "/realms/{realm}/groups/{group_id}/role-mappings", (VIEW, MANAGE), find_group, hold_group
)
