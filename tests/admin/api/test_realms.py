"""Realms: who may make which, what of it is told to whom, and what cannot be."""

from typing import Any

import pytest

from tests.admin.api.world import URL, World


def test_realm_is_made_complete(world: World, admin: str) -> None:
    body = {
        "realm": "staff",
        "enabled": True,
        "ssoSessionIdleTimeout": 600,
        "attributes": {"certificate_policy": "required"},
    }
    response = world.call("POST", "/realms", admin, json=body)
    assert (response.status_code, response.headers["location"]) == (201, f"{URL}/admin/realms/staff")
    told = world.call("GET", "/realms/staff", admin).json()
    assert (told["ssoSessionIdleTimeout"], told["attributes"]["certificate_policy"]) == (600, "required")
    assert world.http.get("/realms/staff/protocol/openid-connect/certs").json()["keys"]
    (event,) = world.events("admin:realm:create")
    assert event.details["after"]["realm"] == "staff"


def test_who_creates_realms_administers_those_and_no_others(world: World) -> None:
    world.add_person("master", "maker", "create-realm")
    maker = world.sign_in("master", "maker")
    assert world.call("GET", "/realms", maker).json() == []
    assert world.call("POST", "/realms", maker, json={"realm": "mine", "enabled": True}).status_code == 201
    assert [realm["realm"] for realm in world.call("GET", "/realms", maker).json()] == ["mine"]
    assert world.call("PUT", "/realms/mine", maker, json={"displayName": "Mine"}).status_code == 204
    assert world.call("PUT", "/realms/demo", maker, json={"displayName": "Mine"}).status_code == 403
    assert world.call("DELETE", "/realms/mine", maker).status_code == 204


def test_realm_administrator_makes_no_realms(world: World) -> None:
    world.add_person("demo", "boss", "realm-admin")
    boss = world.sign_in("demo", "boss")
    assert world.call("POST", "/realms", boss, json={"realm": "mine"}).status_code == 403


def test_settings_are_told_to_those_who_may_view_them(world: World) -> None:
    world.add_person("demo", "clerk", "query-users")
    world.add_person("demo", "viewer", "view-realm")
    clerk, viewer = world.sign_in("demo", "clerk"), world.sign_in("demo", "viewer")
    assert world.call("GET", "/realms/demo", clerk).json().keys() == {"id", "realm", "enabled"}
    assert world.call("GET", "/realms/demo", viewer).json()["bruteForceProtected"] is True
    assert world.call("GET", "/realms?briefRepresentation=true", viewer).json()[0].keys() == {"id", "realm", "enabled"}
    assert world.call("PUT", "/realms/demo", viewer, json={"displayName": "x"}).status_code == 403


def test_what_is_told_can_be_sent_back(world: World, admin: str) -> None:
    """As Keycloak's tools do; nothing changes, and the tag stays."""
    before = world.call("GET", "/realms/demo", admin)
    headers = {"if-match": before.headers["etag"]}
    assert world.call("PUT", "/realms/demo", admin, json=before.json(), headers=headers).status_code == 204
    after = world.call("GET", "/realms/demo", admin)
    assert (after.json(), after.headers["etag"]) == (before.json(), before.headers["etag"])
    (event,) = world.events("admin:realm:change")
    assert (event.details["before"], event.details["after"]) == ({}, {})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"realm": "Staff!"}, "realm"),
        ({"realm": "x" * 10000}, "realm"),
        ({"displayName": "x" * 10000}, "displayName"),
        ({"accessTokenLifespan": 0}, "accessTokenLifespan"),
        ({"accessTokenLifespan": -5}, "accessTokenLifespan"),
        ({"ssoSessionMaxLifespan": 10**12}, "ssoSessionMaxLifespan"),
        ({"passwordPolicy": "upperCase(1) and length(8)"}, "passwordPolicy"),
        ({"passwordPolicy": "length(1)"}, "passwordPolicy"),
        ({"loginTheme": "../../etc"}, "loginTheme"),
        ({"attributes": {"certificate_policy": "perhaps"}}, "certificate_policy"),
        ({"attributes": {"certificate_limit": {"a": 1}}}, "certificate_limit"),
        ({"failureFactor": 0}, "failureFactor"),
    ],
)
def test_what_does_not_fit_is_named(world: World, admin: str, body: Any, field: str) -> None:
    before = world.call("GET", "/realms/demo", admin).json()
    response = world.call("PUT", "/realms/demo", admin, json=body)
    assert response.status_code == 400, response.text
    assert [problem["field"] for problem in response.json()["errors"]] == [field]
    assert world.call("GET", "/realms/demo", admin).json() == before


def test_name_of_a_new_realm_has_to_be_one(world: World, admin: str) -> None:
    for name in (None, "", "Staff!", "a/b", "x" * 300):
        assert world.call("POST", "/realms", admin, json={"realm": name}).status_code == 400, name
    assert world.call("POST", "/realms", admin, json={"realm": "demo"}).status_code == 409


def test_columns_cannot_be_assigned(world: World, admin: str) -> None:
    realm_id = world.realm_id("demo")
    body = {"id": "x", "created_at": 1, "name": "x", "crl_lifetime": 1, "bruteForceProtected": False, "users": [{}]}
    assert world.call("PUT", "/realms/demo", admin, json=body).status_code == 204
    assert world.realm_id("demo") == realm_id
    assert world.call("GET", "/realms/demo", admin).json()["bruteForceProtected"] is True


@pytest.mark.every_database
def test_realm_is_deleted_with_everything_but_the_evidence(world: World, admin: str) -> None:
    world.add_person("other", "somebody", "realm-admin")
    world.add_robot("other", "robot", "view-users")
    assert world.call("POST", "/realms/other/users", admin, json={"username": "more"}).status_code == 201
    assert world.call("DELETE", "/realms/other", admin).status_code == 204
    assert world.call("GET", "/realms/other", admin).status_code == 404
    assert world.http.get("/realms/other/.well-known/openid-configuration").status_code == 404
    (event,) = world.events("admin:realm:delete")
    assert (event.realm_id, event.details["resource"]) == (world.realm_id("master"), "realms/other")
    assert world.call("POST", "/realms", admin, json={"realm": "other"}).status_code == 201


def test_administrator_may_delete_their_own_realm_but_nobody_master(world: World, admin: str) -> None:
    world.add_person("demo", "boss", "realm-admin")
    boss = world.sign_in("demo", "boss")
    assert world.call("DELETE", "/realms/demo", boss).status_code == 204
    (event,) = world.events("admin:realm:delete")
    assert event.realm_id is None
    assert world.call("DELETE", "/realms/master", admin).status_code == 400
    assert world.call("PUT", "/realms/master", admin, json={"enabled": False}).status_code == 400


def test_whoami_tells_what_the_caller_may(world: World) -> None:
    user_id = world.add_person("master", "half", "demo:manage-users")
    told = world.call("GET", "/whoami", world.sign_in("master", "half")).json()
    assert (told["userId"], told["realm"], told["createRealm"]) == (user_id, "master", False)
    assert told["realm_access"] == {"demo": ["query-users", "query-groups", "view-users", "manage-users"]}
