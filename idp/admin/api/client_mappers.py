"""Protocol mappers of clients: ``/realms/{realm}/clients/{id}/protocol-mappers``."""

from collections.abc import Sequence
from typing import Any

from idp.admin.api.answers import Created
from idp.admin.api.call import Call
from idp.admin.api.client_lookup import get_client, get_manageable_client
from idp.admin.api.client_reading import apply, read_mapper
from idp.admin.api.client_representation import (
    PROTOCOL,
    ProtocolMapperRepresentation,
    describe_mappers,
)
from idp.admin.api.clients import CLIENT, MANAGE, VIEW, change
from idp.admin.api.concurrency import hold
from idp.admin.api.mapper_lists import add_mapper, find_mapper, remove_mapper, replace_mapper
from idp.admin.api.resource import Resource
from idp.clients.metadata.values import ClientMetadata
from idp.models import Client

client_mappers = Resource("Protocol mappers of clients")
_MAPPERS = f"{CLIENT}/protocol-mappers"
_MODELS = f"{_MAPPERS}/models"


@client_mappers.get(_MODELS, VIEW)
def list_mappers(call: Call, client_row_id: str) -> list[ProtocolMapperRepresentation]:
    """Return the client's mappers."""
    client = get_client(call, client_row_id)
    return describe_mappers(client.id, client.mappers)


@client_mappers.get(f"{_MAPPERS}/protocol/{PROTOCOL}", VIEW)
def list_mappers_of_protocol(call: Call, client_row_id: str) -> list[ProtocolMapperRepresentation]:
    """Return the same: there is one protocol."""
    return list_mappers(call, client_row_id)


@client_mappers.post(_MODELS, MANAGE, status=201)
def add(call: Call, client_row_id: str, mapper: ProtocolMapperRepresentation) -> Created:
    """Add a mapper."""
    client = _hold(call, client_row_id)
    made = read_mapper(mapper.model_copy(update={"id": None}))
    _set(call, client, add_mapper(client.mappers, [made]))
    return Created(call.realm_url(f"/clients/{client.id}/protocol-mappers/models/{made['id']}"))


@client_mappers.post(f"{_MAPPERS}/add-models", MANAGE)
def add_several(call: Call, client_row_id: str, mappers: list[ProtocolMapperRepresentation]) -> None:
    """Add mappers, all or none."""
    client = _hold(call, client_row_id)
    made = [read_mapper(mapper.model_copy(update={"id": None})) for mapper in mappers]
    _set(call, client, add_mapper(client.mappers, made))


@client_mappers.get(f"{_MODELS}/{{mapper_id}}", VIEW)
def read(call: Call, client_row_id: str, mapper_id: str) -> ProtocolMapperRepresentation:
    """Return a mapper."""
    client = get_client(call, client_row_id)
    return find_mapper(client.id, client.mappers, mapper_id)


@client_mappers.put(f"{_MODELS}/{{mapper_id}}", MANAGE)
def update(call: Call, client_row_id: str, mapper_id: str, mapper: ProtocolMapperRepresentation) -> None:
    """Change a mapper: what is absent stays."""
    client = _hold(call, client_row_id)
    _set(call, client, replace_mapper(client.id, client.mappers, mapper_id, mapper))


@client_mappers.delete(f"{_MODELS}/{{mapper_id}}", MANAGE)
def delete(call: Call, client_row_id: str, mapper_id: str) -> None:
    """Delete a mapper."""
    client = _hold(call, client_row_id)
    _set(call, client, remove_mapper(client.id, client.mappers, mapper_id))


def _hold(call: Call, client_row_id: str) -> Client:
    return hold(call, get_manageable_client(call, client_row_id))


def _set(call: Call, client: Client, mappers: Sequence[dict[str, Any]]) -> None:
    change(call, client, apply(ClientMetadata.of(client), {"mappers": list(mappers)}))
