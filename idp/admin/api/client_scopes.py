"""Client scopes and their protocol mappers: ``/realms/{realm}/client-scopes``."""

from collections.abc import Sequence
from typing import Any

from idp.admin.api.answers import Created, Tagged, plain
from idp.admin.api.call import Call
from idp.admin.api.client_lookup import verify_may_be_all
from idp.admin.api.client_reading import read_mapper
from idp.admin.api.client_representation import PROTOCOL, ProtocolMapperRepresentation, Texts, describe_mappers
from idp.admin.api.concurrency import hold, tag, verify_unchanged
from idp.admin.api.mapper_lists import add_mapper, find_mapper, remove_mapper, replace_mapper
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation
from idp.admin.api.resource import Resource
from idp.clients.client_scopes import (
    change_client_scope,
    create_client_scope,
    delete_client_scope,
    find_clients_with,
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
_MODELS = f"{_SCOPE}/protocol-mappers/models"


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
    _change(call, scope, _read(representation))


@client_scopes.delete(_SCOPE, MANAGE)
def delete(call: Call, scope_id: str) -> None:
    """Delete a client scope, and take it from its clients."""
    scope = hold_changeable_scope(call, scope_id)
    verify_unchanged(call, describe_scope(scope))
    call.record(Tag.CLIENT_SCOPE_DELETED, f"client-scopes/{scope.id}", before=plain(describe_scope(scope)))
    delete_client_scope(call.session, call.realm, scope)


@client_scopes.get(_MODELS, VIEW)
def list_mappers(call: Call, scope_id: str) -> list[ProtocolMapperRepresentation]:
    """Return the mappers of a client scope."""
    scope = get_client_scope(call.session, call.realm.id, scope_id)
    return describe_mappers(scope.id, scope.mappers)


@client_scopes.post(_MODELS, MANAGE, status=201)
def add(call: Call, scope_id: str, mapper: ProtocolMapperRepresentation) -> Created:
    """Add a mapper."""
    scope = hold_changeable_scope(call, scope_id)
    made = read_mapper(mapper.model_copy(update={"id": None}))
    _set(call, scope, add_mapper(scope.mappers, [made]))
    return Created(call.realm_url(f"/client-scopes/{scope.id}/protocol-mappers/models/{made['id']}"))


@client_scopes.post(f"{_SCOPE}/protocol-mappers/add-models", MANAGE)
def add_several(call: Call, scope_id: str, mappers: list[ProtocolMapperRepresentation]) -> None:
    """Add mappers, all or none."""
    scope = hold_changeable_scope(call, scope_id)
    made = [read_mapper(mapper.model_copy(update={"id": None})) for mapper in mappers]
    _set(call, scope, add_mapper(scope.mappers, made))


@client_scopes.get(f"{_MODELS}/{{mapper_id}}", VIEW)
def read_one_mapper(call: Call, scope_id: str, mapper_id: str) -> ProtocolMapperRepresentation:
    """Return a mapper."""
    scope = get_client_scope(call.session, call.realm.id, scope_id)
    return find_mapper(scope.id, scope.mappers, mapper_id)


@client_scopes.put(f"{_MODELS}/{{mapper_id}}", MANAGE)
def update_mapper(call: Call, scope_id: str, mapper_id: str, mapper: ProtocolMapperRepresentation) -> None:
    """Change a mapper: what is absent stays."""
    scope = hold_changeable_scope(call, scope_id)
    _set(call, scope, replace_mapper(scope.id, scope.mappers, mapper_id, mapper))


@client_scopes.delete(f"{_MODELS}/{{mapper_id}}", MANAGE)
def delete_mapper(call: Call, scope_id: str, mapper_id: str) -> None:
    """Delete a mapper."""
    scope = hold_changeable_scope(call, scope_id)
    _set(call, scope, remove_mapper(scope.id, scope.mappers, mapper_id))


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
    verify_may_be_all(call, find_clients_with(call.session, call.realm.id, scope.name))
    return scope


def _change(call: Call, scope: ClientScope, wanted: dict[str, Any]) -> None:
    before = plain(describe_scope(scope))
    try:
        change_client_scope(call.session, call.realm, scope, wanted)
    except InvalidInput as error:
        raise _rename(error) from error
    after = plain(describe_scope(scope))
    call.record(Tag.CLIENT_SCOPE_CHANGED, f"client-scopes/{scope.id}", before=before, after=after)


def _set(call: Call, scope: ClientScope, mappers: Sequence[dict[str, Any]]) -> None:
    _change(call, scope, {"mappers": list(mappers)})


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
