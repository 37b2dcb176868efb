"""Client scopes: ``/realms/{realm}/client-scopes``."""

from typing import Any

from idp.admin.api.answers import Created, Tagged, plain
from idp.admin.api.call import Call
from idp.admin.api.client_reading import read_mapper
from idp.admin.api.client_representation import PROTOCOL, ProtocolMapperRepresentation, Texts, describe_mappers
from idp.admin.api.concurrency import hold, tag, verify_unchanged
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation
from idp.admin.api.resource import Resource
from idp.admin.client_authority import verify_may_change_scope
from idp.clients.client_scopes import (
    change_client_scope,
    create_client_scope,
    delete_client_scope,
    get_client_scope,
    list_client_scopes,
)
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.models import ClientScope

client_scopes = Resource("Client scopes")
VIEW, MANAGE = InRealm("view-clients"), InRealm("manage-clients")
_SCOPES = "/realms/{realm}/client-scopes"
_SCOPE = f"{_SCOPES}/{{scope_id}}"


class ClientScopeRepresentation(Representation):
    """A client scope."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    protocol: str | None = None
    attributes: Texts | None = None
    protocolMappers: list[ProtocolMapperRepresentation] | None = None


@client_scopes.get(_SCOPES, VIEW)
def list_all(call: Call) -> list[ClientScopeRepresentation]:
    """Return the realm's client scopes."""
    return [describe_scope(scope) for scope in list_client_scopes(call.session, call.realm.id)]


@client_scopes.post(_SCOPES, MANAGE, status=201)
def create(call: Call, representation: ClientScopeRepresentation) -> Created:
    """Make a client scope; clients do not have it until it is assigned."""
    realm = hold(call, call.realm)
    try:
        scope = create_client_scope(call.session, realm, _read(representation))
    except InvalidInput as error:
        raise _rename(error) from error
    call.record(Tag.CLIENT_SCOPE_CREATED, f"client-scopes/{scope.id}", after=plain(describe_scope(scope)))
    return Created(call.realm_url(f"/client-scopes/{scope.id}"))


@client_scopes.get(_SCOPE, VIEW, model=ClientScopeRepresentation)
def read(call: Call, scope_id: str) -> Tagged:
    """Return a client scope."""
    return tag(describe_scope(get_client_scope(call.session, call.realm.id, scope_id)))


@client_scopes.put(_SCOPE, MANAGE)
def update(call: Call, scope_id: str, representation: ClientScopeRepresentation) -> None:
    """Change the fields that are there."""
    scope = hold_changeable_scope(call, scope_id)
    verify_unchanged(call, describe_scope(scope))
    change_scope(call, scope, _read(representation))


@client_scopes.delete(_SCOPE, MANAGE)
def delete(call: Call, scope_id: str) -> None:
    """Delete a client scope, and take it from its clients."""
    scope = hold_changeable_scope(call, scope_id)
    verify_unchanged(call, describe_scope(scope))
    call.record(Tag.CLIENT_SCOPE_DELETED, f"client-scopes/{scope.id}", before=plain(describe_scope(scope)))
    delete_client_scope(call.session, call.realm, scope)


def describe_scope(scope: ClientScope) -> ClientScopeRepresentation:
    """Return the scope with its mappers."""
    return ClientScopeRepresentation(
        id=scope.id,
        name=scope.name,
        description=scope.description or None,
        protocol=PROTOCOL,
        attributes=dict(scope.attributes),
        protocolMappers=describe_mappers(scope.id, scope.mappers),
    )


def hold_scope(call: Call, scope_id: str) -> ClientScope:
    """Return the scope, read anew, and hold its realm: its mappers stand there too. Raise `NotFound`."""
    hold(call, call.realm)
    scope = get_client_scope(call.session, call.realm.id, scope_id)
    call.session.refresh(scope)
    return scope


def hold_changeable_scope(call: Call, scope_id: str) -> ClientScope:
    """Return it as `hold_scope` does, if the caller may be each client whose tokens it writes into; raise `NotPermitted`."""
    scope = hold_scope(call, scope_id)
    verify_may_change_scope(call.session, call.caller.authority, call.realm, scope)
    return scope


def change_scope(call: Call, scope: ClientScope, wanted: dict[str, Any]) -> None:
    """Set the columns in *wanted*, and note what differs; raise `InvalidInput` or `Conflict`."""
    before = plain(describe_scope(scope))
    try:
        change_client_scope(call.session, call.realm, scope, wanted)
    except InvalidInput as error:
        raise _rename(error) from error
    after = plain(describe_scope(scope))
    call.record(Tag.CLIENT_SCOPE_CHANGED, f"client-scopes/{scope.id}", before=before, after=after)


def _read(representation: ClientScopeRepresentation) -> dict[str, Any]:
    if representation.protocol not in {None, "", PROTOCOL}:
        raise InvalidInput(protocol=f"There is {PROTOCOL}, and nothing else.")
    wanted: dict[str, Any] = representation.model_dump(exclude_none=True, include={"name", "description", "attributes"})
    if representation.protocolMappers is not None:
        wanted["mappers"] = [read_mapper(mapper) for mapper in representation.protocolMappers]
    return wanted


def _rename(error: InvalidInput) -> InvalidInput:
    return InvalidInput(
        **{"protocolMappers" if name == "mappers" else name: text for name, text in error.fields.items()}
    )
