"""A realm that has one of everything that paths of the API can name."""

from collections.abc import Mapping, Sequence
from typing import Any

from idp.pki.authorities import find_chain
from idp.realms.realms import get_realm
from tests.admin.api.household import Household
from tests.certificates import Authority

Names = Mapping[str, Sequence[str]]


def inhabit(household: Household, token: str) -> Names:
    """Make one of everything in the realm `demo`; return what each parameter of a path can be."""
    world = household.world

    def make(path: str, body: Any) -> str:
        response = world.call("POST", f"/realms/demo{path}", token, json=body)
        assert response.status_code == 201, response.text
        return str(response.headers["location"].rpartition("/")[2])

    client = make("/clients", {"clientId": "shop", "secret": "shop-secret", "serviceAccountsEnabled": True})
    group = make("/groups", {"name": "staff", "attributes": {"place": ["Berlin"]}})
    make(f"/groups/{group}/children", {"name": "night shift"})
    scope = make("/client-scopes", {"name": "payroll", "protocol": "openid-connect"})
    mapper = {"name": "place", "protocol": "openid-connect", "protocolMapper": "oidc-usermodel-attribute-mapper"}
    mapper["config"] = {"user.attribute": "place", "claim.name": "place"}
    mappers = [
        make(f"/{owner}/protocol-mappers/models", mapper) for owner in (f"clients/{client}", f"client-scopes/{scope}")
    ]
    make("/roles", {"name": "auditor"})
    make(f"/clients/{client}/roles", {"name": "auditor"})
    role = world.call("GET", "/realms/demo/roles/auditor", token).json()["id"]
    anchor = make(
        "/trust-anchors",
        {"name": "Ministry", "chain": Authority.create("Ministry").pem, "settings": {"revocation": {"method": "none"}}},
    )
    world.add_person("demo", "carol", email_verified=True)
    world.sign_in("demo", "carol")
    users = [household.alice, world.call("GET", "/realms/demo/users?username=carol", token).json()[0]["id"]]
    world.call("PUT", f"/realms/demo/users/{users[0]}/groups/{group}", token)
    world.call("POST", f"/realms/demo/users/{users[0]}/invitation", token, json={})
    with world.transaction() as session:
        authorities = [row.id for row in find_chain(session, get_realm(session, "demo").id)]
    sessions = world.call("GET", f"/realms/demo/users/{users[1]}/sessions", token).json()
    return {
        "realm": ["demo", "demo", "demo", "other", "master"],
        "user_id": users,
        "group_id": [group],
        "path": ["staff", "staff/night shift"],
        "client_uuid": [client],
        "client_row_id": [client, world.client_row_id("demo", "admin-cli")],
        "part_client_uuid": [client],
        "role_name": ["auditor"],
        "role_id": [role],
        "scope_id": [scope],
        "mapper_id": mappers,
        "certificate_id": [household.issue("demo", users[0]).id],
        "authority_id": authorities,
        "anchor_id": [anchor],
        "mail_id": [row["id"] for row in _list(household, token, "/mail/outbox")],
        "request_id": [row["id"] for row in _list(household, token, "/recovery-requests")],
        "session_id": [row["id"] for row in sessions],
        "credential_id": [row["id"] for row in _list(household, token, f"/users/{users[0]}/credentials")],
        "template": ["invitation"],
        "alias": ["UPDATE_PASSWORD"],
        "provider": ["keycloak-oidc-keycloak-json"],
    }


def _list(household: Household, token: str, path: str) -> Any:
    response = household.world.call("GET", f"/realms/demo{path}", token)
    assert response.status_code == 200, response.text
    return response.json()
