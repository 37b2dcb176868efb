"""Protocol mappers of clients and of client scopes, below ``/clients/{id}/protocol-mappers`` and ``/client-scopes/{id}/…``."""

from collections.abc import Callable
from dataclasses import dataclass

from idp.admin.api.addressing import found_by
from idp.admin.api.answers import Created
from idp.admin.api.call import Call
from idp.admin.api.client_lookup import get_client, get_manageable_client
from idp.admin.api.client_reading import apply, read_mapper
from idp.admin.api.client_representation import PROTOCOL, ProtocolMapperRepresentation, describe_mappers
from idp.admin.api.client_scopes import change_scope, hold_changeable_scope
from idp.admin.api.clients import CLIENT, MANAGE, VIEW, change
from idp.admin.api.concurrency import hold
from idp.admin.api.mapper_lists import Mappers, add_mapper, find_mapper, remove_mapper, replace_mapper
from idp.admin.api.resource import Resource
from idp.clients.client_scopes import get_client_scope
from idp.clients.metadata.values import ClientMetadata
from idp.models import Client, ClientScope

protocol_mappers = Resource("Protocol mappers")


@dataclass(frozen=True)
class Owner:
    """A client or a client scope: its row's id, its path within the realm, its mappers, and what gives it others."""

    id: str
    path: str
    mappers: Mappers
    save: Callable[[Mappers], None]


def list_all(_call: Call, owner: Owner) -> list[ProtocolMapperRepresentation]:
    """Return the mappers."""
    return describe_mappers(owner.id, owner.mappers)


def add(call: Call, owner: Owner, mapper: ProtocolMapperRepresentation) -> Created:
    """Add a mapper."""
    made = read_mapper(mapper.model_copy(update={"id": None}))
    owner.save(add_mapper(owner.mappers, [made]))
    return Created(call.realm_url(f"{owner.path}/protocol-mappers/models/{made['id']}"))


def add_several(_call: Call, owner: Owner, mappers: list[ProtocolMapperRepresentation]) -> None:
    """Add mappers, all or none."""
    owner.save(add_mapper(owner.mappers, [read_mapper(mapper.model_copy(update={"id": None})) for mapper in mappers]))


def read(_call: Call, owner: Owner, mapper_id: str) -> ProtocolMapperRepresentation:
    """Return a mapper."""
    return find_mapper(owner.id, owner.mappers, mapper_id)


def update(_call: Call, owner: Owner, mapper_id: str, mapper: ProtocolMapperRepresentation) -> None:
    """Change a mapper: what is absent stays."""
    owner.save(replace_mapper(owner.id, owner.mappers, mapper_id, mapper))


def delete(_call: Call, owner: Owner, mapper_id: str) -> None:
    """Delete a mapper."""
    owner.save(remove_mapper(owner.id, owner.mappers, mapper_id))


def find_client(call: Call, client_row_id: str) -> Owner:
    """Return the client; raise `NotFound`."""
    return _of_client(call, get_client(call, client_row_id))


def hold_client(call: Call, client_row_id: str) -> Owner:
    """Return the client, if the caller may change it, while nobody else does."""
    return _of_client(call, hold(call, get_manageable_client(call, client_row_id)))


def find_scope(call: Call, scope_id: str) -> Owner:
    """Return the client scope; raise `NotFound`."""
    return _of_scope(call, get_client_scope(call.session, call.realm.id, scope_id))


def hold_scope(call: Call, scope_id: str) -> Owner:
    """Return the client scope, if the caller may change each client that has it, while nobody else changes scopes."""
    return _of_scope(call, hold_changeable_scope(call, scope_id))


def _of_client(call: Call, client: Client) -> Owner:
    def save(mappers: Mappers) -> None:
        change(call, client, apply(ClientMetadata.of(client), {"mappers": list(mappers)}))

    return Owner(client.id, f"/clients/{client.id}", client.mappers, save)


def _of_scope(call: Call, scope: ClientScope) -> Owner:
    def save(mappers: Mappers) -> None:
        change_scope(call, scope, {"mappers": list(mappers)})

    return Owner(scope.id, f"/client-scopes/{scope.id}", scope.mappers, save)


for _start, _find, _hold in (
    (f"{CLIENT}/protocol-mappers", find_client, hold_client),
    ("/realms/{realm}/client-scopes/{scope_id}/protocol-mappers", find_scope, hold_scope),
):
    protocol_mappers.get(f"{_start}/models", VIEW)(found_by(_find, list_all))
    protocol_mappers.get(f"{_start}/protocol/{PROTOCOL}", VIEW)(found_by(_find, list_all))
    protocol_mappers.post(f"{_start}/models", MANAGE, status=201)(found_by(_hold, add))
    protocol_mappers.post(f"{_start}/add-models", MANAGE)(found_by(_hold, add_several))
    protocol_mappers.get(f"{_start}/models/{{mapper_id}}", VIEW)(found_by(_find, read))
    protocol_mappers.put(f"{_start}/models/{{mapper_id}}", MANAGE)(found_by(_hold, update))
    protocol_mappers.delete(f"{_start}/models/{{mapper_id}}", MANAGE)(found_by(_hold, delete))
