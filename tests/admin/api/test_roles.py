"""Roles: their addresses, what they are made of, who has them, and that nobody gives more than they have."""

from typing import Any

import pytest

from idp.clients.mappers import CLIENT_ROLE, GROUP, REALM_ROLE, verify_mappers
from idp.provisioning import ensure_default_role
from idp.realms.realms import get_realm
from tests.admin.api.world import SECRET, URL, World
from tests.oidc.provider import decode_claims

ROLES, USERS, GROUPS = "/realms/demo/roles", "/realms/demo/users", "/realms/demo/groups"


@pytest.fixture
def boss(world: World) -> str:
    """A token of somebody who may everything in the realm."""
    world.add_person("demo", "boss", "realm-admin")
    return world.sign_in("demo", "boss")


@pytest.fixture
def clerk(world: World) -> str:
    """A token of somebody who manages accounts, roles and clients, and nothing else."""
    world.add_person("demo", "clerk", "manage-users", "manage-realm", "manage-clients")
    return world.sign_in("demo", "clerk")


@pytest.fixture
def management(world: World) -> str:
    """The path of the client whose roles administer the realm."""
    return f"/realms/demo/clients/{world.client_row_id('demo', 'realm-management')}/roles"


def make(world: World, token: str, name: str, place: str = ROLES, **more: Any) -> dict[str, Any]:
    """Make a role, and return what is told of it."""
    response = world.call("POST", place, token, json={"name": name, **more})
    assert (response.status_code, response.content) == (201, b""), response.text
    told: dict[str, Any] = world.call("GET", response.headers["location"].removeprefix(f"{URL}/admin"), token).json()
    return told


def names(response: Any) -> list[str]:
    assert response.status_code == 200, response.text
    return [role["name"] for role in response.json()]


def test_role_is_told_and_noted(world: World, boss: str) -> None:
    told = make(world, boss, "front desk", description="Opens doors", attributes={"floor": ["1"]})
    role_id = told["id"]
    assert told == {
        "id": role_id, "name": "front desk", "description": "Opens doors", "composite": False, "clientRole": False,
        "containerId": world.realm_id("demo"), "attributes": {"floor": ["1"]},
    }  # fmt: skip
    assert world.call("GET", f"/realms/demo/roles-by-id/{role_id}", boss).json() == told
    listed = world.call("GET", f"{ROLES}?search=DOORS", boss).json()
    assert listed == [{key: value for key, value in told.items() if key != "attributes"}]
    assert names(world.call("GET", f"{ROLES}?first=1", boss)) == []
    seen = world.call("GET", f"{ROLES}/front%20desk", boss).headers["etag"]
    body, own = {"name": "desk"}, {"if-match": seen}
    assert world.call("PUT", f"{ROLES}/front%20desk", boss, json=body, headers=dict(own)).status_code == 204
    assert world.call("DELETE", f"{ROLES}/desk", boss, headers=dict(own)).status_code == 412
    (changed,) = world.events("admin:role:change")
    assert (changed.details["before"], changed.details["after"]) == ({"name": "front desk"}, {"name": "desk"})
    assert world.call("DELETE", f"/realms/demo/roles-by-id/{role_id}", boss).status_code == 204
    assert [note.details["resource"] for note in world.events("admin:role:delete")] == [f"roles-by-id/{role_id}"]


def test_name_is_taken_once_in_each_container(world: World, boss: str) -> None:
    client = f"/realms/demo/clients/{world.add_client('demo', 'app')}/roles"
    for place in (ROLES, client):
        make(world, boss, "editor", place)
        assert world.call("POST", place, boss, json={"name": "editor"}).status_code == 409
        make(world, boss, "reader", place)
        assert world.call("PUT", f"{place}/reader", boss, json={"name": "editor"}).status_code == 409
    for body in ({"name": ""}, {}, {"name": " x"}, {"name": "x" * 256}, {"name": "y", "composites": {"realm": ["a"]}}):
        assert world.call("POST", ROLES, boss, json=body).status_code == 400


def test_parts_and_holders(world: World, boss: str) -> None:
    """Each by its own address; what is effective comes by groups and by parts."""
    client_id = world.add_client("demo", "app")
    client = f"/realms/demo/clients/{client_id}/roles"
    whole, part, of_app = make(world, boss, "whole"), make(world, boss, "part"), make(world, boss, "of-app", client)
    assert world.call("POST", f"{ROLES}/whole/composites", boss, json=[part, of_app]).status_code == 204
    parts = f"/realms/demo/roles-by-id/{whole['id']}/composites"
    assert names(world.call("GET", parts, boss)) == ["of-app", "part"]
    assert names(world.call("GET", f"{parts}/realm", boss)) == ["part"]
    assert names(world.call("GET", f"{parts}/clients/{client_id}", boss)) == ["of-app"]
    assert world.call("GET", f"{ROLES}/whole", boss).json()["composite"] is True
    assert world.call("POST", f"{ROLES}/whole/composites", boss, json=[whole]).status_code == 400
    alice = world.add_person("demo", "alice")
    staff = world.call("POST", GROUPS, boss, json={"name": "staff"}).headers["location"].rpartition("/")[2]
    world.call("PUT", f"{USERS}/{alice}/groups/{staff}", boss)
    mapped = f"{GROUPS}/{staff}/role-mappings"
    assert world.call("POST", f"{mapped}/realm", boss, json=[whole]).status_code == 204
    mine = f"{USERS}/{alice}/role-mappings"
    assert world.call("GET", mine, boss).json() == {}
    assert names(world.call("GET", f"{mine}/realm/available", boss)) == ["part", "whole"]
    assert names(world.call("GET", f"{mine}/realm/composite", boss)) == ["part", "whole"]
    assert names(world.call("GET", f"{mine}/clients/{client_id}/composite", boss)) == ["of-app"]
    assert names(world.call("GET", f"{mapped}/clients/{client_id}/available", boss)) == ["of-app"]
    assert world.call("POST", f"{mine}/clients/{client_id}", boss, json=[{"name": "of-app"}]).status_code == 204
    (given,) = world.events("admin:user:give-roles")
    assert (given.user_id, given.details["after"]) == (alice, {"roles": ["of-app"]})
    assert world.call("GET", mine, boss).json()["clientMappings"]["app"]["mappings"][0]["id"] == of_app["id"]
    assert [user["id"] for user in world.call("GET", f"{client}/of-app/users", boss).json()] == [alice]
    assert [group["id"] for group in world.call("GET", f"{ROLES}/whole/groups", boss).json()] == [staff]
    assert world.call("GET", f"{GROUPS}/{staff}", boss).json()["realmRoles"] == ["whole"]
    assert world.call("DELETE", f"{mine}/clients/{client_id}", boss).status_code == 204
    assert world.call("GET", mine, boss).json() == {}
    assert world.call("DELETE", parts, boss, json=[part, of_app]).status_code == 204
    assert names(world.call("GET", parts, boss)) == []
    for tag in ("admin:user:take-roles", "admin:group:give-roles", "admin:role:add-composites"):
        assert len(world.events(tag)) == 1, tag


def test_what_is_given_is_in_tokens(world: World, boss: str) -> None:
    """At once, by the mappers that applications have."""
    everywhere = {"access.token.claim": "true"}
    mappers = verify_mappers(
        [
            {"name": kind, "protocolMapper": kind, "config": {**everywhere, "claim.name": claim, "multivalued": "true"}}
            for kind, claim in ((REALM_ROLE, "roles"), (CLIENT_ROLE, "client_roles"), (GROUP, "groups"))
        ]
    )
    client_id = world.add_client("demo", "app", direct_access_grants_enabled=True, mappers=mappers)
    alice = world.add_person("demo", "alice")
    staff = world.call("POST", GROUPS, boss, json={"name": "staff"}).headers["location"].rpartition("/")[2]
    role = make(world, boss, "editor")
    of_app = make(world, boss, "of-app", f"/realms/demo/clients/{client_id}/roles")
    world.call("PUT", f"{USERS}/{alice}/groups/{staff}", boss)
    world.call("POST", f"{GROUPS}/{staff}/role-mappings/realm", boss, json=[role])
    world.call("POST", f"{USERS}/{alice}/role-mappings/clients/{client_id}", boss, json=[of_app])
    token = world.sign_in("demo", "alice", client_id="app", client_secret=SECRET)
    claims = decode_claims(token)
    assert (claims["roles"], claims["client_roles"], claims["groups"]) == (["editor"], ["of-app"], ["/staff"])
    world.call("DELETE", f"{USERS}/{alice}/groups/{staff}", boss)
    claims = decode_claims(world.sign_in("demo", "alice", client_id="app", client_secret=SECRET))
    assert ("roles" in claims, "groups" in claims, claims["client_roles"]) == (False, False, ["of-app"])


def test_nobody_gives_or_takes_more_than_they_have(world: World, clerk: str, management: str) -> None:
    """Directly, by a group, by a composite role, or by a role that has become one."""
    me = world.call("GET", f"{USERS}?username=clerk", clerk).json()[0]["id"]
    peer, boss = world.add_person("demo", "peer"), world.add_person("demo", "boss", "realm-admin")
    mine = make(world, clerk, "mine")
    world.call("POST", f"{USERS}/{me}/role-mappings/realm", clerk, json=[mine])
    staff = world.call("POST", GROUPS, clerk, json={"name": "staff"}).headers["location"].rpartition("/")[2]
    client = management.removesuffix("/roles").rpartition("/")[2]
    more = world.call("GET", f"{management}/realm-admin", clerk).json()
    same = world.call("GET", f"{management}/manage-users", clerk).json()
    for path in (
        f"{USERS}/{me}/role-mappings/clients/{client}", f"{USERS}/{peer}/role-mappings/clients/{client}",
        f"{GROUPS}/{staff}/role-mappings/clients/{client}", f"{ROLES}/mine/composites",
        f"/realms/demo/roles-by-id/{mine['id']}/composites",
    ):  # fmt: skip
        assert world.call("POST", path, clerk, json=[more]).status_code == 403, path
        assert world.call("DELETE", path, clerk, json=[more]).status_code == 403, path
        assert world.call("POST", path, clerk, json=[same, more]).status_code == 403, path
        assert world.call("POST", path, clerk, json=[same]).status_code == 204, path
    for method in ("POST", "DELETE"):
        path = f"{USERS}/{boss}/role-mappings/realm"
        assert world.call(method, path, clerk, json=[mine]).status_code == 403
    assert world.call("DELETE", f"{USERS}/{boss}/role-mappings/clients/{client}", clerk).status_code == 403


def test_composite_of_more_is_as_much_as_its_parts(world: World, clerk: str, boss: str, management: str) -> None:
    """And cannot be deleted by whoever could not give it: that would take it from those who have it."""
    hidden, outer = make(world, boss, "hidden"), make(world, boss, "outer")
    more = world.call("GET", f"{management}/view-events", boss).json()
    assert world.call("POST", f"{ROLES}/hidden/composites", boss, json=[more]).status_code == 204
    assert world.call("POST", f"{ROLES}/outer/composites", boss, json=[hidden]).status_code == 204
    me = world.call("GET", f"{USERS}?username=clerk", clerk).json()[0]["id"]
    for role in (hidden, outer):
        assert world.call("POST", f"{USERS}/{me}/role-mappings/realm", clerk, json=[role]).status_code == 403
        assert world.call("DELETE", f"{ROLES}/{role['name']}", clerk).status_code == 403
        assert world.call("DELETE", f"{ROLES}/{role['name']}/composites", clerk, json=[hidden]).status_code == 403
    assert world.call("DELETE", f"{ROLES}/outer", boss).status_code == 204


def test_roles_that_administer_stay_as_they_are(world: World, admin: str, management: str) -> None:
    """Not even for who may everything: permissions are made of them."""
    own = {"name": "own"}
    world.call("POST", ROLES, admin, json=own)
    own = world.call("GET", f"{ROLES}/own", admin).json()
    fixed = [f"{management}/view-users", "/realms/master/roles/admin", "/realms/master/roles/create-realm"]
    for path in fixed:
        assert world.call("GET", path, admin).status_code == 200
        assert world.call("PUT", path, admin, json={"name": "other"}).status_code == 400
        assert world.call("DELETE", path, admin).status_code == 400
        for method in ("POST", "DELETE"):
            assert world.call(method, f"{path}/composites", admin, json=[]).status_code == 400
    role_id = world.call("GET", fixed[0], admin).json()["id"]
    assert world.call("DELETE", f"/realms/demo/roles-by-id/{role_id}", admin).status_code == 400
    assert world.call("POST", management, admin, json={"name": "new"}).status_code == 400
    other = f"/realms/master/clients/{world.client_row_id('master', 'demo-realm')}/roles"
    assert world.call("DELETE", f"{other}/manage-users", admin).status_code == 400


def test_everything_and_other_realms_are_not_given_by_lesser_ones_of_master(world: World) -> None:
    me = world.add_person("master", "clerk", "manage-users", "manage-realm", "manage-clients")
    clerk, mine = world.sign_in("master", "clerk"), f"/realms/master/users/{me}/role-mappings"
    for name in ("admin", "create-realm"):
        role = world.call("GET", f"/realms/master/roles/{name}", clerk).json()
        assert world.call("POST", f"{mine}/realm", clerk, json=[role]).status_code == 403
        assert world.call("POST", f"{mine}/realm", clerk, json=[{"name": name}]).status_code == 403
    client = world.client_row_id("master", "demo-realm")
    assert world.call("POST", f"{mine}/clients/{client}", clerk, json=[{"name": "query-users"}]).status_code == 403


def test_kinds_of_roles_are_managed_apart(world: World, boss: str, management: str) -> None:
    """Also where one address is for both."""
    world.add_person("demo", "keeper", "manage-realm")
    world.add_person("demo", "developer", "manage-clients")
    client = f"/realms/demo/clients/{world.add_client('demo', 'app')}/roles"
    of_realm, of_app = make(world, boss, "of-realm"), make(world, boss, "of-app", client)
    for username, own, other in (("keeper", of_realm, of_app), ("developer", of_app, of_realm)):
        token = world.sign_in("demo", username)
        for role, status in ((own, 204), (other, 403)):
            path = f"/realms/demo/roles-by-id/{role['id']}"
            assert world.call("GET", path, token).status_code == (200 if status == 204 else 403)
            assert world.call("PUT", path, token, json={"description": "x"}).status_code == status
            assert world.call("GET", f"{path}/composites", token).status_code == (200 if status == 204 else 403)
    assert world.call("GET", management, world.sign_in("demo", "keeper")).status_code == 403


def test_roles_of_elsewhere_are_not_there(world: World, boss: str, admin: str) -> None:
    """Another realm's, another client's, or the realm's where a client's are asked for."""
    theirs, mine = make(world, admin, "theirs", "/realms/other/roles"), make(world, boss, "mine")
    app, next_app = world.add_client("demo", "app"), world.add_client("demo", "next")
    foreign = world.add_client("other", "foreign")
    of_app = make(world, boss, "of-app", f"/realms/demo/clients/{app}/roles")
    alice = world.add_person("demo", "alice")
    mapped = f"{USERS}/{alice}/role-mappings"
    for token in (boss, admin):
        for method, path, body in (
            ("GET", f"/realms/demo/roles-by-id/{theirs['id']}", None), ("GET", f"{ROLES}/theirs", None),
            ("POST", f"{ROLES}/mine/composites", [theirs]), ("POST", f"{mapped}/realm", [theirs]),
            ("POST", f"{mapped}/realm", [of_app]), ("POST", f"{mapped}/realm", [{"name": "nothing"}]),
            ("POST", f"{mapped}/realm", [mine, {}]), ("POST", f"{mapped}/clients/{next_app}", [of_app]),
            ("POST", f"{mapped}/clients/{app}", [mine]), ("GET", f"{mapped}/clients/{foreign}", None),
            ("GET", f"/realms/demo/clients/{foreign}/roles", None), ("GET", f"{ROLES}/of-app", None),
            ("GET", f"/realms/demo/clients/{next_app}/roles/of-app", None),
        ):  # fmt: skip
            assert world.call(method, path, token, json=body).status_code == 404, (method, path)
    assert world.call("GET", mapped, boss).json() == {}


def test_new_people_have_the_default_roles(world: World, boss: str) -> None:
    """A client's account has not; and that role keeps its name."""
    with world.transaction() as session:
        ensure_default_role(session, get_realm(session, "demo"))
    part = make(world, boss, "member")
    assert world.call("POST", f"{ROLES}/default-roles-demo/composites", boss, json=[part]).status_code == 204
    alice = world.add_person("demo", "alice")
    assert names(world.call("GET", f"{USERS}/{alice}/role-mappings/realm", boss)) == ["default-roles-demo"]
    found = names(world.call("GET", f"{USERS}/{alice}/role-mappings/realm/composite", boss))
    assert found == ["default-roles-demo", "member"]
    robot = world.add_robot("demo", "robot")
    assert names(world.call("GET", f"{USERS}/{robot}/role-mappings/realm", boss)) == []
    assert world.call("DELETE", f"{ROLES}/default-roles-demo", boss).status_code == 400
    assert world.call("PUT", f"{ROLES}/default-roles-demo", boss, json={"name": "x"}).status_code == 400
    assert world.call("PUT", f"{ROLES}/default-roles-demo", boss, json={"description": "x"}).status_code == 204
