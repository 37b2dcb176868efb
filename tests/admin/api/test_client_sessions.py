"""Who is signed in to a client, previews of tokens, and what applications are set up with."""

import pytest

from tests.admin.api.client_steps import make
from tests.admin.api.world import PASSWORD, SECRET, World


@pytest.fixture
def helper(world: World) -> str:
    """A token of somebody who manages clients and views accounts."""
    world.add_person("demo", "helper", "manage-clients", "view-users")
    return world.sign_in("demo", "helper")


def test_sessions_and_offline_access_are_counted_and_listed(world: World, helper: str, admin: str) -> None:
    alice = world.add_person("demo", "alice")
    world.add_person("demo", "bob", "view-clients")
    scopes = ["offline_access"]
    app = make(world, helper, secret=SECRET, directAccessGrantsEnabled=True, optionalClientScopes=scopes)
    form = {"client_id": "app", "client_secret": SECRET, "grant_type": "password", "password": PASSWORD}
    for username, scope in (("alice", "openid"), ("alice", "openid offline_access"), ("bob", "openid")):
        assert world.token("demo", username=username, scope=scope, **form).status_code == 200

    def read(path: str) -> object:
        return world.call("GET", f"{app}/{path}", helper).json()

    sessions = world.call("GET", f"{app}/user-sessions", helper).json()
    assert sorted(session["username"] for session in sessions) == ["alice", "alice", "bob"]
    assert sessions[0]["clients"] == {app.rpartition("/")[2]: "app"}
    assert (read("session-count"), read("offline-session-count")) == ({"count": 3}, {"count": 1})
    (offline,) = world.call("GET", f"{app}/offline-sessions", helper).json()
    assert (offline["userId"], offline["clients"]) == (alice, sessions[0]["clients"])
    assert len(world.call("GET", f"{app}/user-sessions?first=1&max=1", helper).json()) == 1
    statistics = world.call("GET", "/realms/demo/client-session-stats", admin).json()
    assert {row["clientId"]: (row["active"], row["offline"]) for row in statistics}["app"] == ("3", "1")
    assert world.call("POST", f"/realms/demo/users/{alice}/logout", admin).status_code == 204
    assert (read("session-count"), read("offline-session-count")) == ({"count": 1}, {"count": 0})
    bob = world.sign_in("demo", "bob")
    assert world.call("GET", f"{app}/session-count", bob).status_code == 200
    for path in ("user-sessions", "offline-sessions", f"evaluate-scopes/generate-example-userinfo?userId={alice}"):
        assert world.call("GET", f"{app}/{path}", bob).status_code == 403, path


def test_preview_says_what_tokens_would(world: World, helper: str) -> None:
    alice = world.add_person("demo", "alice", given_name="Alice")
    mapper = {
        "name": "team", "protocolMapper": "oidc-hardcoded-claim-mapper",
        "config": {"claim.name": "team", "claim.value": "red", "id.token.claim": "true", "access.token.claim": "true"},
    }  # fmt: skip
    app = make(world, helper, protocolMappers=[mapper], optionalClientScopes=["profile", "email"])
    example, asked = f"{app}/evaluate-scopes/generate-example", f"userId={alice}&scope=profile"
    access = world.call("GET", f"{example}-access-token?{asked}", helper).json()
    assert (access["sub"], access["client_id"]) == (alice, "app")
    assert access["team"] == world.call("GET", f"{example}-id-token?{asked}", helper).json()["team"] == "red"
    userinfo = world.call("GET", f"{example}-userinfo?{asked}", helper).json()
    assert (userinfo["given_name"], "team" in userinfo, "email" in userinfo) == ("Alice", False, False)
    stranger = world.add_person("other", "stranger")
    assert world.call("GET", f"{example}-userinfo?userId={stranger}", helper).status_code == 404
    assert world.call("GET", f"{example}-userinfo", helper).status_code == 400
    assert world.call("GET", f"{example}-userinfo?userId={alice}&scope={'x' * 10_000}", helper).status_code == 400


def test_installation_has_the_secret_for_who_may_know_it(world: World, helper: str) -> None:
    app = make(world, helper, secret="a good secret")
    providers = f"{app}/installation/providers"
    told = world.call("GET", f"{providers}/keycloak-oidc-keycloak-json", helper).json()
    assert told == {
        "realm": "demo", "auth-server-url": "https://idp.example/", "ssl-required": "external", "resource": "app",
        "confidential-port": 0, "credentials": {"secret": "a good secret"},
    }  # fmt: skip
    world.add_person("demo", "viewer", "view-clients")
    viewer = world.sign_in("demo", "viewer")
    assert "credentials" not in world.call("GET", f"{providers}/keycloak-oidc-keycloak-json", viewer).json()
    proxy = world.call("GET", f"{providers}/countersign-oauth2-proxy", viewer).text
    assert 'oidc_issuer_url = "https://idp.example/realms/demo"' in proxy
    snippet = world.call("GET", f"{providers}/countersign-authlib", viewer).text
    compile(snippet, "snippet", "exec")
    assert '"https://idp.example/realms/demo/.well-known/openid-configuration"' in snippet
    assert "a good secret" not in proxy + snippet
    assert world.call("GET", f"{providers}/keycloak-saml", viewer).status_code == 404


def test_account_of_a_client_is_told(world: World, helper: str) -> None:
    app = make(world, helper, serviceAccountsEnabled=True)
    told = world.call("GET", f"{app}/service-account-user", helper).json()
    assert (told["username"], told["serviceAccountClientId"]) == ("service-account-app", "app")
    assert world.call("PUT", app, helper, json={"serviceAccountsEnabled": False}).status_code == 204
    assert world.call("GET", f"{app}/service-account-user", helper).status_code == 404
