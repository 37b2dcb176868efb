"""Secrets and their rotation, registration tokens, protocol mappers, initial access tokens."""

from typing import Any

import pytest

from tests.admin.api.client_steps import make, row
from tests.admin.api.world import PASSWORD, World

FIRST = "the first secret"


@pytest.fixture
def helper(world: World) -> str:
    """A token of somebody who manages clients, and nothing else."""
    world.add_person("demo", "helper", "manage-clients")
    return world.sign_in("demo", "helper")


def signs_in(world: World, secret: str) -> bool:
    form = {"grant_type": "client_credentials", "client_id": "app", "client_secret": secret, "scope": "openid"}
    return bool(world.token("demo", **form).status_code == 200)


def test_secret_is_replaced_at_once(world: World, helper: str) -> None:
    path = make(world, helper, secret=FIRST, serviceAccountsEnabled=True)
    assert world.call("GET", f"{path}/client-secret", helper).json()["value"] == FIRST
    fresh = world.call("POST", f"{path}/client-secret", helper).json()
    assert (fresh["type"], len(fresh["value"])) == ("secret", 64)
    assert (signs_in(world, FIRST), signs_in(world, fresh["value"])) == (False, True)
    assert world.call("GET", f"{path}/client-secret/rotated", helper).status_code == 404
    (event,) = world.events("admin:client:replace-secret")
    assert event.client_id == "app"
    assert FIRST not in str(event.details)
    assert fresh["value"] not in str(event.details)
    assert row(world, path).rotated_secret_encrypted is None


def test_two_secrets_live_for_the_overlap(world: World, helper: str) -> None:
    overlap = {"countersign.secret_overlap": "60"}
    path = make(world, helper, secret=FIRST, serviceAccountsEnabled=True, attributes=overlap)
    second = world.call("POST", f"{path}/client-secret", helper).json()["value"]
    assert (signs_in(world, FIRST), signs_in(world, second), signs_in(world, "a third")) == (True, True, False)
    assert world.call("GET", f"{path}/client-secret/rotated", helper).json()["value"] == FIRST
    until = int(world.clock.now().timestamp()) + 60
    told = world.call("GET", path, helper).json()["attributes"]
    assert told["client.secret.rotated.expiration.time"] == str(until)
    world.clock.advance(seconds=60)  # the registration in the cache is still the same
    assert (signs_in(world, FIRST), signs_in(world, second)) == (False, True)
    assert world.call("GET", f"{path}/client-secret/rotated", helper).status_code == 404


def test_rotated_secret_can_be_voided(world: World, helper: str) -> None:
    overlap = {"countersign.secret_overlap": "60"}
    path = make(world, helper, secret=FIRST, serviceAccountsEnabled=True, attributes=overlap)
    second = world.call("POST", f"{path}/client-secret", helper).json()["value"]
    assert world.call("DELETE", f"{path}/client-secret/rotated", helper).status_code == 204
    assert (signs_in(world, FIRST), signs_in(world, second)) == (False, True)
    assert world.call("DELETE", f"{path}/client-secret/rotated", helper).status_code == 404
    assert world.call("PUT", path, helper, json={"secret": "the third secret"}).status_code == 204
    assert (signs_in(world, second), signs_in(world, "the third secret")) == (True, True)
    # Two rotations in a row leave two secrets, not three; and none, once the client has no use for them.
    assert world.call("POST", f"{path}/client-secret", helper).status_code == 200
    assert signs_in(world, second) is False
    body = {"publicClient": True, "serviceAccountsEnabled": False}
    assert world.call("PUT", path, helper, json=body).status_code == 204
    assert row(world, path).secret_encrypted is row(world, path).rotated_secret_encrypted is None
    assert world.call("POST", f"{path}/client-secret", helper).status_code == 400


def test_registration_token_is_good_for_the_client(world: World, helper: str) -> None:
    path = make(world, helper, defaultClientScopes=["email"], optionalClientScopes=["profile"])
    tokens = [
        world.call("POST", f"{path}/registration-access-token", helper).json()["registrationAccessToken"]
        for _ in range(2)
    ]
    address = "/realms/demo/clients-registrations/openid-connect/app"
    answers = [world.http.get(address, headers={"authorization": f"Bearer {token}"}).status_code for token in tokens]
    assert answers == [401, 200]
    for scope, left in ((None, "email"), ("openid email", "email"), ("openid", "")):
        body = {"client_id": "app", "redirect_uris": ["https://app.example.org/callback"], "scope": scope}
        replaced = world.http.put(address, json=body, headers={"authorization": f"Bearer {tokens[-1]}"})
        assert replaced.status_code == 200, replaced.text
        tokens.append(replaced.json()["registration_access_token"])
        assert row(world, path).default_scope == left
    assert not any(
        token in str(event.details) for event in world.events("admin:client:replace-secret") for token in tokens
    )


def mapper(name: str, **more: Any) -> dict[str, Any]:
    config = {"claim.name": name, "claim.value": "red", "access.token.claim": "true"}
    kind = "oidc-hardcoded-claim-mapper"
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": config, **more}


def test_mappers_are_made_changed_and_deleted(world: World, helper: str) -> None:
    path = make(world, helper)
    models = f"{path}/protocol-mappers/models"
    response = world.call("POST", models, helper, json=mapper("team", id="chosen"))
    address = response.headers["location"].removeprefix("https://idp.example/admin")
    (told,) = world.call("GET", models, helper).json()
    assert (told["name"], address.rpartition("/")[2]) == ("team", told["id"])
    assert told["id"] != "chosen"
    assert world.call("POST", models, helper, json=mapper("team")).status_code == 409
    assert (
        world.call("POST", f"{path}/protocol-mappers/add-models", helper, json=[mapper("a"), mapper("b")]).status_code
        == 204
    )
    changed = mapper("crew", config={**told["config"], "claim.value": "blue"})
    assert world.call("PUT", address, helper, json=changed).status_code == 204
    assert world.call("GET", address, helper).json() == {**told, "name": "crew", "config": changed["config"]}
    names = [
        known["name"] for known in world.call("GET", f"{path}/protocol-mappers/protocol/openid-connect", helper).json()
    ]
    assert names == ["crew", "a", "b"]
    assert world.call("DELETE", address, helper).status_code == 204
    for method, body in (("GET", None), ("PUT", mapper("x")), ("DELETE", None)):
        assert world.call(method, address, helper, json=body).status_code == 404
    event = world.events("admin:client:change")[-1]
    assert [known["name"] for known in event.details["before"]["protocolMappers"]] == ["crew", "a", "b"]
    assert event.details["before"]["protocolMappers"][0]["config"]["access.token.claim"] == "true"


def test_mapper_that_there_is_not_is_told_which_there_are(world: World, helper: str) -> None:
    models = f"{make(world, helper)}/protocol-mappers/models"
    for body in (
        mapper("x", protocolMapper="oidc-script-based-protocol-mapper"),
        mapper("x", protocolMapper=None),
        mapper("sub"),
        mapper("x" * 10_000),
        mapper("x", config={"claim.name": "sub", "claim.value": "another"}),
        mapper("x", config={"claim.name": "realm_access", "claim.value": "y" * 10_000}),
        mapper("x", protocol="saml"),
    ):
        response = world.call("POST", models, helper, json=body)
        assert response.status_code == 400, body
        assert response.json()["errors"][0]["field"] == "protocolMappers"
    refused = world.call("POST", models, helper, json=mapper("x", protocolMapper="oidc-sha256-pairwise-sub-mapper"))
    assert "oidc-usermodel-attribute-mapper" in refused.json()["errorMessage"]


def test_initial_access_tokens(world: World, helper: str, admin: str) -> None:
    path = "/realms/demo/clients-initial-access"
    made = world.call("POST", path, helper, json={"count": 2, "expiration": 600}).json()
    assert (made["count"], made["remainingCount"], made["expiration"]) == (2, 2, 600)
    body = {"redirect_uris": ["https://new.example.org/callback"]}
    registered = world.http.post(
        "/realms/demo/clients-registrations/openid-connect",
        json=body,
        headers={"authorization": f"Bearer {made['token']}"},
    )
    assert registered.status_code == 201
    (told,) = world.call("GET", path, helper).json()
    assert told == {name: value for name, value in made.items() if name != "token"} | {"remainingCount": 1}
    (event,) = world.events("admin:initial-access-token:create")
    assert made["token"] not in str(event.details)
    assert world.call("DELETE", f"/realms/other/clients-initial-access/{made['id']}", admin).status_code == 404
    assert world.call("DELETE", f"{path}/{made['id']}", helper).status_code == 204
    assert world.call("GET", path, helper).json() == []
    for body in ({"count": 0}, {"count": 10**9}, {"expiration": -1}, {"expiration": 10**18}, {"count": "many"}):
        assert world.call("POST", path, helper, json=body).status_code == 400, body
    assert world.call("POST", path, helper, json={}).json()["expiration"] == 86400
    world.add_person("demo", "viewer", "view-clients")
    assert world.call("POST", path, world.sign_in("demo", "viewer"), json={}).status_code == 403


def test_default_scope_is_granted_unasked_until_it_is_taken_away(world: World, helper: str) -> None:
    """And a refreshed token has what was granted then, not what is default now."""
    world.add_person("demo", "alice")
    path = make(
        world, helper, secret=FIRST, directAccessGrantsEnabled=True,
        defaultClientScopes=["email", "roles"], optionalClientScopes=["profile", "phone"],
    )  # fmt: skip
    form = {"client_id": "app", "client_secret": FIRST}
    person = {"grant_type": "password", "username": "alice", "password": PASSWORD}
    granted = world.token("demo", **form, **person, scope="openid phone no-such").json()
    assert granted["scope"].split() == ["openid", "phone", "email"]
    body = {"defaultClientScopes": ["profile"], "optionalClientScopes": ["email", "phone"]}
    assert world.call("PUT", path, helper, json=body).status_code == 204
    told = world.call("GET", path, helper).json()
    assert (told["defaultClientScopes"], sorted(told["optionalClientScopes"])) == (["profile"], ["email", "phone"])
    again = world.token("demo", **form, grant_type="refresh_token", refresh_token=granted["refresh_token"]).json()
    assert again["scope"].split() == ["openid", "phone", "email"]
    assert world.token("demo", **form, **person, scope="openid").json()["scope"].split() == ["openid", "profile"]
