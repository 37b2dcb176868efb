"""What the server is, and who is calling: ``/serverinfo`` and ``/whoami``."""

from importlib.metadata import version

from sqlalchemy import select

from idp.admin.api.call import Call
from idp.admin.api.policies import AnyAdministrator
from idp.admin.api.representation import Representation, milliseconds
from idp.admin.api.resource import Resource
from idp.models import Realm
from idp.users.management_roles import MANAGEMENT_ROLES

server_info = Resource("Server")
COMPATIBLE_WITH = "26.4.0"
"""The version of Keycloak whose API this is: its clients read the number to know what they may ask for."""


class SystemInfo(Representation):
    """The program."""

    version: str
    product: str
    productVersion: str
    serverTime: int


class ServerInfo(Representation):
    """What Keycloak's tools read of it."""

    systemInfo: SystemInfo


class WhoAmI(Representation):
    """The caller, with the roles over each realm."""

    userId: str
    realm: str
    displayName: str
    createRealm: bool
    realm_access: dict[str, list[str]]


@server_info.get("/serverinfo", AnyAdministrator())
def describe_server(call: Call) -> ServerInfo:
    """Return versions."""
    return ServerInfo(
        systemInfo=SystemInfo(
            version=COMPATIBLE_WITH,
            product="Countersign",
            productVersion=version("idp"),
            serverTime=milliseconds(call.services.clock.now()),
        )
    )


@server_info.get("/whoami", AnyAdministrator())
def who_am_i(call: Call) -> WhoAmI:
    """Return who the token stands for and what they may do."""
    caller, authority = call.caller, call.caller.authority
    reachable = call.session.execute(select(Realm.id, Realm.name).order_by(Realm.name))
    held = {
        name: [role for role in MANAGEMENT_ROLES if authority.holds(realm_id, role)] for realm_id, name in reachable
    }
    return WhoAmI(
        userId=caller.user_id,
        realm=caller.realm_name,
        displayName=caller.username,
        createRealm=authority.everything or authority.creates_realms,
        realm_access={name: roles for name, roles in held.items() if roles},
    )
