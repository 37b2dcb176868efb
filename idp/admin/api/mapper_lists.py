"""The protocol mappers that stand in one row, a client's or a client scope's, by their ids."""

from collections.abc import Sequence
from typing import Any

from idp.admin.api.client_reading import read_mapper
from idp.admin.api.client_representation import ProtocolMapperRepresentation, describe_mappers
from idp.errors import Conflict, NotFound

Mappers = Sequence[dict[str, Any]]


def find_mapper(owner_id: str, mappers: Mappers, mapper_id: str) -> ProtocolMapperRepresentation:
    """Return the mapper of that id among those of the row *owner_id*; raise `NotFound`."""
    for mapper in describe_mappers(owner_id, mappers):
        if mapper.id == mapper_id:
            return mapper
    raise NotFound("no such protocol mapper here")


def add_mapper(mappers: Mappers, more: Mappers) -> list[dict[str, Any]]:
    """Return *mappers* with *more*; raise `Conflict` where a name is taken."""
    taken = {mapper["name"] for mapper in mappers}
    if any(mapper["name"] in taken for mapper in more):
        raise Conflict("there is a mapper of that name")
    return [*mappers, *more]


def replace_mapper(
    owner_id: str, mappers: Mappers, mapper_id: str, given: ProtocolMapperRepresentation
) -> list[dict[str, Any]]:
    """Return *mappers* with one changed to what is *given* of it; raise `NotFound`."""
    known = find_mapper(owner_id, mappers, mapper_id)
    said = given.model_dump(exclude_none=True, include={"name", "protocol", "protocolMapper", "config"})
    fresh = read_mapper(known.model_copy(update=said))
    return [fresh if name == known.name else mapper for name, mapper in _by_name(mappers)]


def remove_mapper(owner_id: str, mappers: Mappers, mapper_id: str) -> list[dict[str, Any]]:
    """Return *mappers* without that one; raise `NotFound`."""
    known = find_mapper(owner_id, mappers, mapper_id)
    return [mapper for name, mapper in _by_name(mappers) if name != known.name]


def _by_name(mappers: Mappers) -> list[tuple[str, dict[str, Any]]]:
    return [(mapper["name"], dict(mapper)) for mapper in mappers]
