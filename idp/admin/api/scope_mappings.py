"""Which roles are in scope: ``/clients/{id}/scope-mappings`` and ``/client-scopes/{id}/scope-mappings``.

Tokens of a client without ``fullScopeAllowed`` speak of these roles alone; a client scope that has roles is granted to those alone
who have one of them. Nobody gets a role by it, so nobody needs to have it; but what the client may learn, and do with tokens of an
administrator, becomes more. It takes what changing the client takes, and for a client scope each client that has it
(`idp.admin.api.client_lookup.verify_may_be`).
"""

from sqlalchemy import select, union

from idp.admin.api.call import Call
from idp.admin.api.client_lookup import get_client, get_manageable_client
from idp.admin.api.client_scopes import hold_changeable_scope
from idp.admin.api.clients import CLIENT, MANAGE, VIEW
from idp.admin.api.concurrency import hold
from idp.admin.api.resource import Resource
from idp.admin.api.role_mappings import Holder, register_mappings
from idp.clients.client_scopes import get_client_scope, publish_scopes
from idp.events.tags import Tag
from idp.models import Client, ClientScope, Role
from idp.users.role_mappings import roles_in_client, roles_in_client_scope
from idp.users.role_scopes import roles_in_scope
from idp.users.roles import with_composites

scope_mappings = Resource("Scope mappings")
_TAGS = Tag.SCOPE_ROLES_ADDED, Tag.SCOPE_ROLES_REMOVED


def find_client(call: Call, client_row_id: str) -> Holder:
    """Return the client; raise `NotFound`."""
    return _of_client(get_client(call, client_row_id))


def hold_client(call: Call, client_row_id: str) -> Holder:
    """Return the client, if the caller may change it, while nobody else changes it or roles."""
    hold(call, call.realm)
    return _of_client(hold(call, get_manageable_client(call, client_row_id)))


def find_scope(call: Call, scope_id: str) -> Holder:
    """Return the client scope; raise `NotFound`."""
    return _of_scope(get_client_scope(call.session, call.realm.id, scope_id))


def hold_scope(call: Call, scope_id: str) -> Holder:
    """Return the client scope, if the caller may change each client that has it, while nobody else changes roles or scopes."""
    return _of_scope(hold_changeable_scope(call, scope_id))


def _of_client(client: Client) -> Holder:
    own, everything = roles_in_client(client.id), select(Role.id).where(Role.realm_id == client.realm_id)
    directly = union(own.ids(), select(Role.id).where(Role.client_id == client.id)).subquery()
    return Holder(
        path=f"clients/{client.id}/scope-mappings",
        own=own,
        effective=everything if client.full_scope_allowed else roles_in_scope(client.realm_id, client.id, ()),
        has_itself=select(directly.c[0]),
        tags=_TAGS,
        client_id=client.client_id,
        gives=False,
    )


def _of_scope(scope: ClientScope) -> Holder:
    own = roles_in_client_scope(scope.id)
    return Holder(
        path=f"client-scopes/{scope.id}/scope-mappings",
        own=own,
        effective=with_composites(own.ids()),
        has_itself=own.ids(),
        tags=_TAGS,
        gives=False,
        settle=_publish,
    )


def _publish(call: Call) -> None:
    publish_scopes(call.session, call.realm)


register_mappings(scope_mappings, f"{CLIENT}/scope-mappings", (VIEW, MANAGE), find_client, hold_client)
register_mappings(
    scope_mappings, "/realms/{realm}/client-scopes/{scope_id}/scope-mappings", (VIEW, MANAGE), find_scope, hold_scope
)
