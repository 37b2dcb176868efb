"""Which client scopes a client has, and which new ones get: ``…/clients/{id}/{default,optional}-client-scopes`` and ``…/default-…``.

A default scope is granted without being asked for, an optional one to who asks.
"""

from idp.admin.api.call import Call
from idp.admin.api.client_lookup import get_client, get_manageable_client
from idp.admin.api.client_reading import apply
from idp.admin.api.client_scopes import ClientScopeRepresentation, describe_scope, hold_scope
from idp.admin.api.clients import CLIENT, MANAGE, VIEW, change
from idp.admin.api.concurrency import hold
from idp.admin.api.policies import InRealm
from idp.admin.api.resource import Resource
from idp.clients.client_scopes import DEFAULT, OPTIONAL, change_client_scope, get_client_scope, list_client_scopes
from idp.clients.metadata.values import ClientMetadata
from idp.clients.scope_assignment import assign_scope, list_assigned_scopes
from idp.errors import NotFound
from idp.events.tags import Tag

client_scope_assignments = Resource("Client scopes of clients")
_VIEW_REALM, _MANAGE_REALM = InRealm("view-clients"), InRealm("manage-clients")
_OF_CLIENT = {kind: f"{CLIENT}/{kind}-client-scopes" for kind in (DEFAULT, OPTIONAL)}
_OF_REALM = {kind: f"/realms/{{realm}}/default-{kind}-client-scopes" for kind in (DEFAULT, OPTIONAL)}


@client_scope_assignments.get(_OF_CLIENT[DEFAULT], VIEW)
def list_default(call: Call, client_row_id: str) -> list[ClientScopeRepresentation]:
    """Return the scopes that the client gets without asking."""
    return _list_of_client(call, client_row_id, DEFAULT)


@client_scope_assignments.get(_OF_CLIENT[OPTIONAL], VIEW)
def list_optional(call: Call, client_row_id: str) -> list[ClientScopeRepresentation]:
    """Return the scopes that the client gets when it asks."""
    return _list_of_client(call, client_row_id, OPTIONAL)


@client_scope_assignments.put(f"{_OF_CLIENT[DEFAULT]}/{{scope_id}}", MANAGE)
def add_default(call: Call, client_row_id: str, scope_id: str) -> None:
    """Let the client get the scope without asking."""
    _assign_to_client(call, client_row_id, scope_id, DEFAULT)


@client_scope_assignments.put(f"{_OF_CLIENT[OPTIONAL]}/{{scope_id}}", MANAGE)
def add_optional(call: Call, client_row_id: str, scope_id: str) -> None:
    """Let the client get the scope when it asks."""
    _assign_to_client(call, client_row_id, scope_id, OPTIONAL)


@client_scope_assignments.delete(f"{_OF_CLIENT[DEFAULT]}/{{scope_id}}", MANAGE)
def remove_default(call: Call, client_row_id: str, scope_id: str) -> None:
    """Take the scope from the client."""
    _take_from_client(call, client_row_id, scope_id, DEFAULT)


@client_scope_assignments.delete(f"{_OF_CLIENT[OPTIONAL]}/{{scope_id}}", MANAGE)
def remove_optional(call: Call, client_row_id: str, scope_id: str) -> None:
    """Take the scope from the client."""
    _take_from_client(call, client_row_id, scope_id, OPTIONAL)


@client_scope_assignments.get(_OF_REALM[DEFAULT], _VIEW_REALM)
def list_default_of_realm(call: Call) -> list[ClientScopeRepresentation]:
    """Return the scopes that new clients get without asking."""
    return _list_of_realm(call, DEFAULT)


@client_scope_assignments.get(_OF_REALM[OPTIONAL], _VIEW_REALM)
def list_optional_of_realm(call: Call) -> list[ClientScopeRepresentation]:
    """Return the scopes that new clients get when they ask."""
    return _list_of_realm(call, OPTIONAL)


@client_scope_assignments.put(f"{_OF_REALM[DEFAULT]}/{{scope_id}}", _MANAGE_REALM)
def add_default_of_realm(call: Call, scope_id: str) -> None:
    """Give the scope to new clients; those that are there stay as they are."""
    _assign_to_realm(call, scope_id, DEFAULT)


@client_scope_assignments.put(f"{_OF_REALM[OPTIONAL]}/{{scope_id}}", _MANAGE_REALM)
def add_optional_of_realm(call: Call, scope_id: str) -> None:
    """Let new clients get the scope when they ask; those that are there stay as they are."""
    _assign_to_realm(call, scope_id, OPTIONAL)


@client_scope_assignments.delete(f"{_OF_REALM[DEFAULT]}/{{scope_id}}", _MANAGE_REALM)
def remove_default_of_realm(call: Call, scope_id: str) -> None:
    """Give the scope to new clients no longer."""
    _assign_to_realm(call, scope_id, "", known=DEFAULT)


@client_scope_assignments.delete(f"{_OF_REALM[OPTIONAL]}/{{scope_id}}", _MANAGE_REALM)
def remove_optional_of_realm(call: Call, scope_id: str) -> None:
    """Give the scope to new clients no longer."""
    _assign_to_realm(call, scope_id, "", known=OPTIONAL)


def _list_of_client(call: Call, client_row_id: str, kind: str) -> list[ClientScopeRepresentation]:
    names = list_assigned_scopes(ClientMetadata.of(get_client(call, client_row_id)), kind)
    scopes = list_client_scopes(call.session, call.realm.id)
    return [describe_scope(scope) for scope in scopes if scope.name in names]


def _assign_to_client(call: Call, client_row_id: str, scope_id: str, kind: str) -> None:
    hold(call, call.realm)  # as whoever renames a scope does, before its clients
    client = hold(call, get_manageable_client(call, client_row_id))
    name = get_client_scope(call.session, call.realm.id, scope_id).name
    current = ClientMetadata.of(client)
    change(call, client, apply(current, assign_scope(current, name, kind)))


def _take_from_client(call: Call, client_row_id: str, scope_id: str, kind: str) -> None:
    hold(call, call.realm)  # as whoever renames a scope does, before its clients
    client = hold(call, get_manageable_client(call, client_row_id))
    name = get_client_scope(call.session, call.realm.id, scope_id).name
    current = ClientMetadata.of(client)
    if name not in list_assigned_scopes(current, kind):
        raise NotFound("the client does not have the scope so")
    change(call, client, apply(current, assign_scope(current, name, "")))


def _list_of_realm(call: Call, kind: str) -> list[ClientScopeRepresentation]:
    scopes = list_client_scopes(call.session, call.realm.id)
    return [describe_scope(scope) for scope in scopes if scope.assignment == kind]


def _assign_to_realm(call: Call, scope_id: str, kind: str, *, known: str | None = None) -> None:
    scope = hold_scope(call, scope_id)
    if known not in {None, scope.assignment}:
        raise NotFound("the realm does not have the scope so")
    before = {"assignment": scope.assignment}
    change_client_scope(call.session, call.realm, scope, {"assignment": kind})
    path = f"client-scopes/{scope.id}"
    call.record(Tag.CLIENT_SCOPE_CHANGED, path, before=before, after={"assignment": kind})
