"""A realm's settings and parts as Keycloak writes them: ``POST /realms/{realm}/partial-export``."""

from starlette.responses import Response

from idp.admin.api.call import Call
from idp.admin.api.policies import InRealm
from idp.admin.api.resource import Resource
from idp.admin.exporting import verify_may_export
from idp.events.tags import Tag
from idp.transfer.exporting import Contents, iterate_export

partial_export = Resource("Import and export")


@partial_export.post("/realms/{realm}/partial-export", InRealm("manage-realm"), status=200)
def export_parts(call: Call, exportClients: bool = False, exportGroupsAndRoles: bool = False) -> Response:
    """Return the realm with what is asked for: people are not in it, and secrets are masked."""
    contents = Contents(clients=exportClients, groups_and_roles=exportGroupsAndRoles)
    verify_may_export(call.caller.authority, call.realm, contents)
    text = "".join(iterate_export(call.session, call.services.cipher, call.realm, contents))
    asked = {"clients": exportClients, "groups_and_roles": exportGroupsAndRoles, "users": False, "secrets": False}
    call.record_at(call.realm.id, Tag.REALM_EXPORTED, "partial-export", asked)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(text, headers=headers, media_type="application/json")
