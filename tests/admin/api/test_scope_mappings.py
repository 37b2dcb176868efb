"""Roles in scope: what tokens of a client tell of, who is granted a client scope, and what an administrator's client may do."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from idp.clients.client_scopes import make_built_in_scopes
from idp.models import ROLE_IN_CLIENT, Client
from tests.admin.api.client_steps import make, row
from tests.admin.api.world import PASSWORD, SECRET, World

REALM = "/realms/demo"
EVERYWHERE = {"access.token.claim": "true", "id.token.claim": "true", "userinfo.token.claim": "true"}
MAPPERS = [
    {"name": "r", "protocolMapper": "oidc-usermodel-realm-role-mapper", "config": {"claim.name": "r", **EVERYWHERE}},
    {"name": "c", "protocolMapper": "oidc-usermodel-client-role-mapper", "config": {"claim.name": "c", **EVERYWHERE}},
]


class Office:
    """The realm demo with an application, roles, and two people: ann has boss (composed of clerk), spare, and editor of app."""

    def __init__(self, world: World) -> None:
        self.world = world
        world.add_person("demo", "helper", "realm-admin")
        self.token = world.sign_in("demo", "helper")
        self.ann, self.bob = world.add_person("demo", "ann"), world.add_person("demo", "bob")
        self.app = make(
            world,
            self.token,
            secret=SECRET,
            directAccessGrantsEnabled=True,
            fullScopeAllowed=False,
            protocolMappers=MAPPERS,
        )
        for name in ("boss", "clerk", "spare", "guest"):
            self.send("POST", "/roles", json={"name": name}, status=201)
        self.send("POST", f"{self.path}/roles", json={"name": "editor"}, status=201)
        self.send("POST", "/roles/boss/composites", json=[self.role("clerk")])
        held = [self.role("boss"), self.role("spare")]
        self.send("POST", f"/users/{self.ann}/role-mappings/realm", json=held)
        self.send("POST", f"/users/{self.ann}/role-mappings{self.path}", json=[self.role("editor", self.path)])

    @property
    def path(self) -> str:
        return self.app.removeprefix(REALM)

    @property
    def scope(self) -> str:
        return f"{self.path}/scope-mappings"

    def send(self, method: str, path: str, *, status: int = 204, token: str = "", **more: Any) -> Any:
        response = self.world.call(method, f"{REALM}{path}", token or self.token, **more)
        assert response.status_code == status, (method, path, response.text)
        return response.json() if response.content else None

    def names(self, path: str) -> list[str]:
        return [told["name"] for told in self.send("GET", path, status=200)]

    def role(self, name: str, client: str = "") -> dict[str, Any]:
        return dict(self.send("GET", f"{client}/roles/{name}", status=200))

    def add_scope(self, name: str, *roles: str, **more: Any) -> str:
        """Make a client scope with roles of the realm, which the application may have; return its path."""
        config = {"claim.name": name, "claim.value": "yes", **EVERYWHERE}
        mapper = {"name": "m", "protocolMapper": "oidc-hardcoded-claim-mapper", "config": config}
        body = {"name": name, "protocolMappers": [mapper], **more}
        location = self.world.call("POST", f"{REALM}/client-scopes", self.token, json=body).headers["location"]
        path = f"/client-scopes/{location.rpartition('/')[2]}"
        self.assign(self.path, path)
        if roles:
            self.send("POST", f"{path}/scope-mappings/realm", json=[self.role(role) for role in roles])
        return path

    def assign(self, client: str, scope: str) -> None:
        self.send("PUT", f"{client}/optional-{scope[1:]}")

    def tokens(self, username: str = "ann", scope: str = "openid", **form: Any) -> dict[str, Any]:
        if not form:
            form = {"grant_type": "password", "username": username, "password": PASSWORD, "scope": scope}
        response = self.world.token("demo", client_id="app", client_secret=SECRET, **form)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def roles(self, username: str = "ann", scope: str = "openid") -> tuple[Any, Any]:
        """Return what a token says of roles of the realm and of clients."""
        claims = decode(self.tokens(username, scope)["access_token"])
        return [name for name in claims.get("r", []) if "default" not in name], claims.get("c", [])


def decode(token: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


def test_tokens_speak_of_roles_in_scope_alone(office: Office) -> None:
    """The client's own, and those that are mapped to it with what they are composed of; never of one that is not held."""
    assert office.roles() == ([], ["editor"])
    office.send("POST", f"{office.scope}/realm", json=[office.role("boss"), {"name": "guest"}])
    assert office.roles() == (["boss", "clerk"], ["editor"])
    assert office.roles("bob") == ([], [])
    assert office.names(f"{office.scope}/realm") == ["boss", "guest"]
    assert office.names(f"{office.scope}/realm/composite") == ["boss", "clerk", "guest"]
    assert not {"boss", "guest"} & set(office.names(f"{office.scope}/realm/available"))
    assert {"clerk", "spare"} <= set(office.names(f"{office.scope}/realm/available"))

    office.send("DELETE", f"{office.scope}/realm", json=[office.role("boss")])
    assert office.roles() == ([], ["editor"])
    office.send("PUT", office.path, json={"fullScopeAllowed": True})
    assert office.roles() == (["boss", "clerk", "spare"], ["editor"])
    assert {"clerk", "spare"} <= set(office.names(f"{office.scope}/realm/composite"))
    assert office.send("GET", office.path, status=200)["fullScopeAllowed"] is True
    tags = [event.tag for event in office.world.events("admin:scope-mapping:add")]
    assert (tags, len(office.world.events("admin:scope-mapping:remove"))) == (["admin:scope-mapping:add"], 1)


def test_all_places_and_the_preview_agree(office: Office) -> None:
    """ID Token, UserInfo and example tokens leave out the same."""
    office.send("POST", f"{office.scope}/realm", json=[office.role("clerk")])
    tokens = office.tokens()
    person = f"?userId={office.ann}&scope=openid"
    shown = office.world.http.get(
        "/realms/demo/protocol/openid-connect/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"}
    ).json()
    told = office.send("GET", f"{office.path}/evaluate-scopes/generate-example-access-token{person}", status=200)
    for claims in (decode(tokens["id_token"]), shown, told):
        assert (claims["r"], claims["c"]) == (["clerk"], ["editor"])


@pytest.mark.every_database
def test_roles_of_another_client(office: Office) -> None:
    """They are mapped below its id; its own roles are in scope without."""
    world = office.world
    shop = make(world, office.token, clientId="shop").removeprefix(REALM)
    for name in ("buyer", "seller"):
        office.send("POST", f"{shop}/roles", json={"name": name}, status=201)
    buyer = office.role("buyer", shop)
    office.send("POST", f"/users/{office.ann}/role-mappings{shop}", json=[buyer])
    assert office.roles()[1] == ["editor"]
    mapped = f"{office.scope}{shop}"
    office.send("POST", mapped, json=[buyer])
    office.send("POST", mapped, json=[buyer])
    assert office.roles()[1] == ["editor", "buyer"]
    assert (office.names(mapped), office.names(f"{mapped}/available")) == (["buyer"], ["seller"])
    assert office.names(f"{mapped}/composite") == ["buyer"]
    assert office.names(f"{office.scope}{office.path}/available") == []
    told = office.send("GET", office.scope, status=200)
    assert [role["name"] for role in told["clientMappings"]["shop"]["mappings"]] == ["buyer"]
    assert "realmMappings" not in told
    office.send("POST", mapped, json=[office.role("boss")], status=404)

    office.send("DELETE", mapped)
    assert (office.names(mapped), office.roles()[1]) == ([], ["editor"])
    office.send("POST", mapped, json=[buyer])
    office.send("DELETE", shop)
    with world.transaction() as session:
        assert session.execute(ROLE_IN_CLIENT.select()).all() == []


def test_client_scope_brings_its_roles_into_scope(office: Office) -> None:
    scope = office.add_scope("team", "boss")
    assert office.roles() == ([], ["editor"])
    assert office.roles(scope="openid team") == (["boss", "clerk"], ["editor"])
    assert office.names(f"{scope}/scope-mappings/realm/composite") == ["boss", "clerk"]
    assert "boss" not in office.names(f"{scope}/scope-mappings/realm/available")

    evaluate = f"{office.path}/evaluate-scopes"
    assert office.names(f"{evaluate}/scope-mappings/demo/granted?scope=team") == ["boss", "clerk"]
    assert office.names(f"{evaluate}/scope-mappings/demo/granted?scope=openid") == []
    assert {"boss", "spare"} <= set(office.names(f"{evaluate}/scope-mappings/demo/not-granted"))
    own = office.path.rpartition("/")[2]
    assert office.names(f"{evaluate}/scope-mappings/{own}/granted") == ["editor"]
    assert office.names(f"{evaluate}/scope-mappings/{own}/not-granted") == []
    office.send("GET", f"{evaluate}/scope-mappings/other/granted", status=404)
    for asked, names in (("", ["r", "c"]), ("?scope=team", ["r", "c", "m"])):
        told = office.send("GET", f"{evaluate}/protocol-mappers{asked}", status=200)
        assert [mapper["mapperName"] for mapper in told] == names
    assert (told[-1]["containerType"], told[-1]["containerName"]) == ("client-scope", "team")


@pytest.mark.every_database
def test_client_scope_is_granted_to_those_alone_who_have_one_of_its_roles(office: Office) -> None:
    """Otherwise neither its name nor its mappers are in the token; composites count; a role that is taken closes it at the refresh."""
    scope = office.add_scope("team", "clerk", "guest")
    office.send("PUT", office.path, json={"fullScopeAllowed": True})
    ann, bob = office.tokens(scope="openid team"), office.tokens("bob", "openid team")
    assert (ann["scope"], decode(ann["access_token"])["team"], decode(ann["id_token"])["team"]) == (
        "openid team",
        "yes",
        "yes",
    )
    assert (bob["scope"], decode(bob["access_token"])["scope"]) == ("openid", "openid")
    for name in ("access_token", "id_token"):
        assert "team" not in decode(bob[name])

    office.send("DELETE", f"/users/{office.ann}/role-mappings/realm", json=[office.role("boss")])
    again = office.tokens(grant_type="refresh_token", refresh_token=ann["refresh_token"])
    assert (again["scope"], "team" in decode(again["access_token"])) == ("openid", False)
    assert office.tokens(scope="openid team")["scope"] == "openid"

    office.send("PUT", scope, json={"name": "crew"})
    assert office.tokens("bob", "openid crew")["scope"] == "openid"
    office.send("DELETE", f"{scope}/scope-mappings/realm")
    assert office.tokens("bob", "openid crew")["scope"] == "openid crew"


def test_offline_access_may_take_a_role(office: Office) -> None:
    """Who has none gets a refresh token that ends with the session."""
    with office.world.transaction() as session:
        make_built_in_scopes(session, office.world.realm_id("demo"))
    scopes = {told["name"]: told["id"] for told in office.send("GET", "/client-scopes", status=200)}
    path = f"/client-scopes/{scopes['offline_access']}"
    office.assign(office.path, path)
    office.send("POST", f"{path}/scope-mappings/realm", json=[office.role("spare")])
    scope = "openid offline_access"
    assert [office.tokens(name, scope)["scope"] for name in ("ann", "bob")] == [scope, "openid"]
    offline = f"{office.path}/offline-session-count"
    assert office.send("GET", offline, status=200) == {"count": 1}


def test_scope_of_a_client_that_calls_for_itself(office: Office) -> None:
    """Its account counts."""
    office.add_scope("team", "spare")
    office.send("PUT", office.path, json={"serviceAccountsEnabled": True})
    form = {"grant_type": "client_credentials", "scope": "team"}
    assert "scope" not in office.tokens(**form)
    account = office.send("GET", f"{office.path}/service-account-user", status=200)["id"]
    office.send("POST", f"/users/{account}/role-mappings/realm", json=[office.role("spare")])
    assert office.tokens(**form)["scope"] == "team"


def test_administrators_client_does_no_more_than_its_scope(office: Office) -> None:
    """Permissions outside of it are not there, whoever signs in; nor for a client that calls for itself."""
    world = office.world
    management = f"/clients/{world.client_row_id('demo', 'realm-management')}"
    cli = f"/clients/{world.client_row_id('demo', 'admin-cli')}"
    world.add_person("master", "root", "admin")
    root = world.sign_in("master", "root")
    office.send("PUT", cli, json={"fullScopeAllowed": False}, token=root)
    narrow = world.sign_in("demo", "helper")
    office.send("GET", "/users", status=403, token=narrow)
    view = office.send("GET", f"{management}/roles/view-users", status=200, token=root)
    office.send("POST", f"{cli}/scope-mappings{management}", json=[view], token=root)
    office.send("GET", "/users", status=200, token=narrow)
    office.send("GET", "/clients", status=403, token=narrow)
    office.send("PUT", cli, json={"fullScopeAllowed": True}, status=403, token=narrow)

    world.add_robot("demo", "robot", "realm-admin")
    robot = f"/clients/{world.client_row_id('demo', 'robot')}"
    token = world.sign_in_robot("demo", "robot")
    office.send("GET", "/users", status=200, token=token)
    office.send("PUT", robot, json={"fullScopeAllowed": False}, token=root)
    office.send("GET", "/users", status=403, token=token)


def test_who_may_change_what_is_in_scope(office: Office) -> None:
    """It takes what changing the client takes, for a client scope every client that has it; who views may look."""
    world = office.world
    world.add_person("demo", "viewer", "view-clients")
    world.add_person("demo", "manager", "manage-clients")
    viewer, manager = (world.sign_in("demo", name) for name in ("viewer", "manager"))
    scope, spare = office.add_scope("team"), [office.role("spare")]
    cli = f"/clients/{world.client_row_id('demo', 'admin-cli')}"
    office.send("GET", f"{office.scope}/realm", status=200, token=viewer)
    for start in (office.path, scope):
        office.send("POST", f"{start}/scope-mappings/realm", json=spare, status=403, token=viewer)
        office.send("DELETE", f"{start}/scope-mappings/realm", json=spare, status=403, token=viewer)
        office.send("POST", f"{start}/scope-mappings/realm", json=spare, token=manager)
    office.send("POST", f"{cli}/scope-mappings/realm", json=spare, status=403, token=manager)
    office.assign(cli, scope)
    office.send("POST", f"{scope}/scope-mappings/realm", json=spare, status=403, token=manager)
    office.send("DELETE", f"{scope}/scope-mappings/realm", status=403, token=manager)
    management = f"/clients/{world.client_row_id('demo', 'realm-management')}"
    office.send("POST", f"{management}/scope-mappings/realm", json=spare, status=400)
    # Into the scope of an ordinary application whoever manages it may put any role: its tokens open nothing here.
    view = office.send("GET", f"{management}/roles/view-users", status=200)
    office.send("POST", f"{office.scope}{management}", json=[view], token=manager)


def test_ids_of_another_realm_and_bodies_that_do_not_fit(office: Office) -> None:
    world = office.world
    foreign = world.add_client("other", "theirs")
    world.add_person("other", "chief", "realm-admin")
    chief = world.sign_in("other", "chief")
    world.call("POST", "/realms/other/roles", chief, json={"name": "theirs"})
    role = world.call("GET", "/realms/other/roles/theirs", chief).json()
    made = world.call("POST", "/realms/other/client-scopes", chief, json={"name": "theirs"}).headers["location"]
    scope = f"/client-scopes/{made.rpartition('/')[2]}"
    own = office.add_scope("team")
    office.send("GET", f"/clients/{foreign}/scope-mappings", status=404)
    office.send("POST", f"/clients/{foreign}/scope-mappings/realm", json=[], status=404)
    office.send("GET", f"{scope}/scope-mappings", status=404)
    office.send("POST", f"{scope}/scope-mappings/realm", json=[], status=404)
    for start in (office.path, own):
        office.send("GET", f"{start}/scope-mappings/clients/{foreign}", status=404)
        office.send("POST", f"{start}/scope-mappings/realm", json=[role], status=404)
        office.send("POST", f"{start}/scope-mappings{office.path}", json=[role], status=404)
        office.send("POST", f"{start}/scope-mappings/realm", json=[{"name": "no such"}], status=404)
        office.send("DELETE", f"{start}/scope-mappings/realm", json=[{"id": "x" * 10_000}], status=404)
        for body in ({}, "boss", [1], [[]], None, [{"id": 7}], [{"id": ["a"]}]):
            office.send("POST", f"{start}/scope-mappings/realm", json=body, status=400)
        assert office.names(f"{start}/scope-mappings/realm") == []
    for value in ("no", 2, [], {}):
        office.send("PUT", office.path, json={"fullScopeAllowed": value}, status=204 if value == "no" else 400)
    assert isinstance(row(world, office.app), Client)


@pytest.mark.every_database
def test_many_at_once_bring_in_one_role_once(office: Office) -> None:
    """Into a client and a client scope, while somebody deletes another role of theirs."""
    scope, role, guest = office.add_scope("team", "guest"), [office.role("spare")], office.role("guest")
    office.send("POST", f"{office.scope}/realm", json=[guest])
    jobs = [("POST", f"{start}/scope-mappings/realm", role) for start in (office.path, scope) for _ in range(4)]
    jobs.insert(3, ("DELETE", f"/roles-by-id/{guest['id']}", None))
    with ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(lambda job: office.send(job[0], job[1], json=job[2]), jobs))
    for start in (office.path, scope):
        assert office.names(f"{start}/scope-mappings/realm") == ["spare"]
