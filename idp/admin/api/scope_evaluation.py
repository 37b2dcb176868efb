"""What an application's scope comes to, whoever signs in: ``…/clients/{id}/evaluate-scopes/{scope-mappings,protocol-mappers}``."""

from sqlalchemy import ColumnElement, not_, true

from idp.admin.api.call import Call
from idp.admin.api.client_lookup import get_client
from idp.admin.api.client_previews import Scope
from idp.admin.api.client_representation import describe_mappers
from idp.admin.api.clients import CLIENT, VIEW
from idp.admin.api.representation import Representation
from idp.admin.api.resource import Resource
from idp.admin.api.role_representation import RoleRepresentation, describe_roles
from idp.clients.client_scopes import list_client_scopes
from idp.clients.registration import build_registration
from idp.models import Client
from idp.oidc.scopes import OPENID, grant_personal_scope
from idp.users.role_scopes import roles_in_scope
from idp.users.role_search import among, find_roles, in_container

scope_evaluation = Resource("Evaluation of scopes")
_PATH = f"{CLIENT}/evaluate-scopes"
_ROLES = f"{_PATH}/scope-mappings/{{container}}"


class MapperEvaluationRepresentation(Representation):
    """A protocol mapper that applies, and where it stands."""

    mapperId: str | None = None
    mapperName: str | None = None
    containerId: str
    containerName: str
    containerType: str
    protocolMapper: str | None = None


@scope_evaluation.get(f"{_ROLES}/granted", VIEW)
def list_granted(call: Call, client_row_id: str, container: str, scope: Scope = "") -> list[RoleRepresentation]:
    """Return the roles of the realm (its name) or of a client (its id) that tokens may speak of when *scope* is asked for."""
    client = get_client(call, client_row_id)
    return _list(call, container, _in_scope(call, client, scope))


@scope_evaluation.get(f"{_ROLES}/not-granted", VIEW)
def list_not_granted(call: Call, client_row_id: str, container: str, scope: Scope = "") -> list[RoleRepresentation]:
    """Return those that they do not speak of."""
    client = get_client(call, client_row_id)
    return _list(call, container, not_(_in_scope(call, client, scope)))


@scope_evaluation.get(f"{_PATH}/protocol-mappers", VIEW)
def list_mappers(call: Call, client_row_id: str, scope: Scope = "") -> list[MapperEvaluationRepresentation]:
    """Return the mappers of the client, and of the client scopes that it is granted when it asks for *scope*."""
    client = get_client(call, client_row_id)
    granted = _grant(call, client, scope)
    rows = [("client", client.id, client.client_id, client.mappers)]
    rows += [
        ("client-scope", known.id, known.name, known.mappers)
        for known in list_client_scopes(call.session, call.realm.id)
        if known.name in granted
    ]
    return [
        MapperEvaluationRepresentation(
            mapperId=mapper.id,
            mapperName=mapper.name,
            containerId=row_id,
            containerName=name,
            containerType=kind,
            protocolMapper=mapper.protocolMapper,
        )
        for kind, row_id, name, mappers in rows
        for mapper in describe_mappers(row_id, mappers)
    ]


def _grant(call: Call, client: Client, scope: str) -> list[str]:
    registration = build_registration(client, call.services.cipher)
    return grant_personal_scope(registration, f"{OPENID} {scope}").split()


def _in_scope(call: Call, client: Client, scope: str) -> ColumnElement[bool]:
    if client.full_scope_allowed:
        return true()
    return among(roles_in_scope(call.realm.id, client.id, _grant(call, client, scope)))


def _list(call: Call, container: str, condition: ColumnElement[bool]) -> list[RoleRepresentation]:
    of_client = None if container == call.realm.name else get_client(call, container).id
    within = in_container(call.realm.id, of_client)
    return describe_roles(find_roles(call.session, call.realm.id, within, condition))
