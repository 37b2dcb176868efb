"""Roles as Keycloak represents them (RoleRepresentation, MappingsRepresentation)."""

from collections.abc import Iterable
from typing import Any

from idp.admin.api.call import Call
from idp.admin.api.representation import Attributes, Representation
from idp.errors import InvalidInput
from idp.models import Role
from idp.users.role_search import RoleRow, find_roles

_COLUMNS = ("name", "description", "attributes")


class RoleRepresentation(Representation):
    """A role. Read are its name, description and attributes, and where roles are given its id, or its name alone."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    composite: bool | None = None
    composites: dict[str, Any] | None = None
    clientRole: bool | None = None
    containerId: str | None = None
    attributes: Attributes | None = None


class ClientMappingsRepresentation(Representation):
    """The roles of one client that somebody was given."""

    id: str
    client: str
    mappings: list[RoleRepresentation]


class MappingsRepresentation(Representation):
    """The roles that somebody was given; the clients' by client_id."""

    realmMappings: list[RoleRepresentation] | None = None
    clientMappings: dict[str, ClientMappingsRepresentation] | None = None


def read_columns(representation: RoleRepresentation) -> dict[str, Any]:
    """Return what `idp.users.role_changes` is to set; raise `InvalidInput` for parts, which have addresses of their own."""
    if representation.composites:
        raise InvalidInput(composites="Add them at the role's composites.")
    return {name: value for name in _COLUMNS if (value := getattr(representation, name)) is not None}


def describe_roles(rows: Iterable[RoleRow], *, brief: bool = True) -> list[RoleRepresentation]:
    """Return the roles."""
    return [_describe(role, composite=composite, brief=brief) for role, composite in rows]


def describe_role(call: Call, role: Role) -> RoleRepresentation:
    """Return the role with all that is told of it."""
    return describe_roles(find_roles(call.session, call.realm.id, Role.id == role.id), brief=False)[0]


def _describe(role: Role, *, composite: bool, brief: bool) -> RoleRepresentation:
    return RoleRepresentation(
        id=role.id,
        name=role.name,
        description=role.description or None,
        composite=composite,
        clientRole=role.client_id is not None,
        containerId=role.client_id or role.realm_id,
        attributes=None if brief else role.attributes,
    )
