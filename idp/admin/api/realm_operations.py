"""What is done to a realm as a whole: ``/realms/{realm}/{logout-all,client-session-stats,authentication/required-actions}``."""

from idp.admin.api.call import Call
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation
from idp.admin.api.resource import Resource
from idp.errors import NotFound
from idp.events.tags import Tag
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of_realm
from idp.sessions.statistics import count_sessions_by_client
from idp.users.changes import VERIFY_EMAIL
from idp.users.users import UPDATE_PASSWORD

realm_operations = Resource("Realm operations")
_ACTIONS = "/realms/{realm}/authentication/required-actions"


class ClientSessionsRepresentation(Representation):
    """How many sessions a client has tokens from; Keycloak's clients read the numbers as texts."""

    id: str
    clientId: str
    active: str
    offline: str


class GlobalRequestResult(Representation):
    """Which applications were told; here they are told afterwards, of each session that has ended."""

    successRequests: list[str]
    failedRequests: list[str]


class RequiredActionRepresentation(Representation):
    """Something that an account may be asked to do at its next login, or by a mail."""

    alias: str
    name: str
    providerId: str
    enabled: bool = True
    defaultAction: bool = False
    priority: int
    config: dict[str, str]


@realm_operations.post("/realms/{realm}/logout-all", InRealm("manage-users"), status=200)
def sign_out_all(call: Call) -> GlobalRequestResult:
    """End every session of the realm, the caller's own as well where it is one of them, and what was granted in them."""
    ended = end_sessions_of_realm(call.session, call.services.clock, call.realm.id, reason=Ending.ADMINISTRATOR)
    call.record(Tag.ALL_SIGNED_OUT, "logout-all", after={"sessions": len(ended)})
    return GlobalRequestResult(successRequests=[], failedRequests=[])


@realm_operations.get("/realms/{realm}/client-session-stats", InRealm("view-realm"))
def read_statistics(call: Call) -> list[ClientSessionsRepresentation]:
    """Return the clients that have sessions, by client_id."""
    return [
        ClientSessionsRepresentation(
            id=one.id, clientId=one.client_id, active=str(one.active), offline=str(one.offline)
        )
        for one in count_sessions_by_client(call.session, call.services.clock, call.realm.id)
    ]


@realm_operations.get(_ACTIONS, InRealm("view-realm"))
def list_actions(call: Call) -> list[RequiredActionRepresentation]:  # noqa: ARG001 (they are the same for all)
    """Return what there is; none of it is a realm's to switch."""
    texts = {UPDATE_PASSWORD: "Update Password", VERIFY_EMAIL: "Verify Email"}
    return [
        RequiredActionRepresentation(alias=alias, name=name, providerId=alias, priority=10 * (number + 1), config={})
        for number, (alias, name) in enumerate(texts.items())
    ]


@realm_operations.get(f"{_ACTIONS}/{{alias}}", InRealm("view-realm"))
def read_action(call: Call, alias: str) -> RequiredActionRepresentation:
    """Return one of them."""
    for action in list_actions(call):
        if action.alias == alias:
            return action
    raise NotFound("no such action")
