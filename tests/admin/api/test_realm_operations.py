"""Keys, events, locks and sessions of a whole realm over REST."""

import base64
from contextlib import suppress
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from idp.errors import AccountLocked
from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.users.brute_force import SECOND_FACTORS, BruteForceBrake
from tests.admin.api.household import Household
from tests.admin.api.world import World

EVENTS, ADMIN_EVENTS = "/events", "/admin-events"
LOCKS = "/attack-detection/brute-force/users"


def record(world: World, tag: Tag, **more: Any) -> str:
    event = EventRecord(tag=tag, at=world.clock.now(), realm_id=world.realm_id("demo"), **more)
    with world.transaction() as session:
        save_events(session, [event])
    return event.id


def found(household: Household, path: str, query: str = "") -> list[str]:
    response = household.call("view-events", "GET", f"{path}?{query}")
    assert response.status_code == 200, response.text
    return [one["id"] for one in response.json()]


def test_events_are_found_by_every_parameter(household: Household) -> None:
    details = {"reason": "wrong_password", "count": 3}
    made = record(
        household.world, Tag.LOGIN_FAILURE, user_id="erika", client_id="shop", address="192.0.2.9", details=details
    )
    for query in (
        "type=LOGIN_ERROR", "type=LOGIN&type=LOGIN_ERROR", "client=shop", "user=erika", "ipAddress=192.0.2.9",
        "dateFrom=2026-01-01", "user=erika&direction=asc&first=0&max=1",
        f"dateFrom={int(household.world.clock.now().timestamp() * 1000)}",
    ):  # fmt: skip
        assert made in found(household, EVENTS, query), query
    for query in (
        "type=LOGIN",
        "client=sho",
        "user=alice",
        "ipAddress=192.0.2.1",
        "dateTo=2020-01-01",
        "user=erika&first=1",
    ):
        assert made not in found(household, EVENTS, query), query
    assert made not in found(household, ADMIN_EVENTS)
    (told,) = household.call("view-events", "GET", f"{EVENTS}?user=erika").json()
    assert (told["type"], told["error"]) == ("LOGIN_ERROR", "wrong_password")
    assert told["details"] == {"tag": "user:login:failure", "reason": "wrong_password", "count": "3"}


def test_pages_of_events_follow_one_another(household: Household) -> None:
    made = {record(household.world, Tag.LOGIN_SUCCESS, user_id="pager") for _ in range(5)}
    for direction in ("asc", "desc"):
        seen: list[str] = []
        while page := found(
            household, EVENTS, f"user=pager&direction={direction}&max=2" + (f"&after={seen[-1]}" if seen else "")
        ):
            seen += page
        assert (len(seen), set(seen)) == (5, made)


def test_what_administrators_did_is_told_apart(household: Household) -> None:
    world, person = household.world, household.world.add_person("demo", "ida")
    robot = world.add_robot("demo", "changer", "manage-users")
    token = world.sign_in_robot("demo", "changer")
    assert world.call("PUT", f"/realms/demo/users/{person}", token, json={"firstName": "Ida"}).status_code == 204
    for query in (
        f"authUser={robot}", "authClient=changer&operationTypes=UPDATE", f"resourcePath=users/{person}",
        f"resourcePath=users/{person[:8]}*&authRealm=demo", f"authUser={robot}&resourceTypes=USER",
    ):  # fmt: skip
        (told,) = household.call("view-events", "GET", f"{ADMIN_EVENTS}?{query}").json()
        assert (told["operationType"], told["resourceType"]) == ("UPDATE", "USER"), query
        assert told["resourcePath"] == f"users/{person}"
        assert told["authDetails"]["userId"] == robot
        assert '"firstName": "Ida"' in told["representation"]
    for query in ("operationTypes=DELETE", "resourceTypes=CLIENT", "authRealm=other", "resourcePath=users/%25*"):
        assert found(household, ADMIN_EVENTS, f"authUser={robot}&{query}") == [], query
    assert told["id"] not in found(household, EVENTS)


def test_events_stay(household: Household) -> None:
    before = found(household, EVENTS)
    for path in (EVENTS, ADMIN_EVENTS):
        response = household.call("manage-events", "DELETE", path)
        assert (response.status_code, response.headers["allow"]) == (405, "GET")
        assert "evidence" in response.json()["error_description"]
    assert set(before) <= set(found(household, EVENTS))
    config = household.call("view-events", "GET", f"{EVENTS}/config").json()
    assert (config["eventsEnabled"], "LOGIN" in config["enabledEventTypes"]) == (True, True)
    assert household.call("manage-events", "PUT", f"{EVENTS}/config", json=config).status_code == 204
    for seconds in (86400 * 90, 0):
        wanted = {**config, "eventsExpiration": seconds}
        assert household.call("manage-events", "PUT", f"{EVENTS}/config", json=wanted).status_code == 204
        assert household.call("view-events", "GET", f"{EVENTS}/config").json()["eventsExpiration"] == seconds
    for wrong in (
        {"eventsEnabled": False},
        {"eventsExpiration": 3600},
        {"eventsExpiration": -1},
        {"enabledEventTypes": ["LOGIN"]},
    ):
        assert household.call("manage-events", "PUT", f"{EVENTS}/config", json=wrong).status_code == 400, wrong


@pytest.mark.parametrize(
    "query",
    [
        "type=NOTHING", f"type={'X' * 10_000}", "dateFrom=x", "dateFrom=-99999999999999999999", "first=-1",
        "max=10001", "direction=up", f"user={'x' * 10_000}", "after=x",
    ],
)  # fmt: skip
def test_hostile_search_for_events_is_refused(household: Household, query: str) -> None:
    assert household.call("view-events", "GET", f"{EVENTS}?{query}").status_code == 400


def test_keys_are_told_rotated_and_revoked(household: Household) -> None:
    before = household.call("view-realm", "GET", "/keys").json()
    assert "private" not in str(before).lower()
    by_kid = {key["kid"]: key for key in before["keys"]}
    for algorithm, kid in before["active"].items():
        assert (by_kid[kid]["algorithm"], by_kid[kid]["status"]) == (algorithm, "ACTIVE")
        load_der_public_key(base64.b64decode(by_kid[kid]["publicKey"]))
    assert household.call("manage-realm", "POST", "/keys/rotate", json={"algorithms": ["none"]}).status_code == 400
    after = household.call("manage-realm", "POST", "/keys/rotate", json={"algorithms": ["EdDSA"]})
    assert after.status_code == 200, after.text
    assert after.json()["active"]["EdDSA"] != before["active"]["EdDSA"]
    again = household.call("manage-realm", "POST", "/keys/rotate", json={"algorithms": ["EdDSA"]})
    assert (again.status_code, "untilDate" in again.text) == (409, True)
    for wrong in ({}, {"kids": ["x"], "all": True}, {"kids": "x"}):
        assert household.call("manage-realm", "POST", "/keys/revoke", json=wrong).status_code == 400
    assert household.call("manage-realm", "POST", "/keys/revoke", json={"kids": ["x"]}).status_code == 404
    lost = after.json()["active"]["EdDSA"]
    told = household.call("manage-realm", "POST", "/keys/revoke", json={"kids": [lost]}).json()
    assert told["active"]["EdDSA"] != lost
    assert [key["status"] for key in told["keys"] if key["kid"] == lost] == ["DISABLED"]


def brake(household: Household, subject: str) -> BruteForceBrake:
    services, world = household.world.services, household.world
    policy = services.realms.get("demo")
    assert policy is not None
    return BruteForceBrake(services.ephemeral, world.clock, policy.lock, subject=subject, address="")


def lock(household: Household, subject: str) -> None:
    with suppress(AccountLocked):
        for _ in range(10):
            brake(household, subject).begin_attempt()
    with pytest.raises(AccountLocked):
        brake(household, subject).verify_open()


def test_lock_is_told_and_lifted(household: Household) -> None:
    world = household.world
    jo, kim = world.add_person("demo", "jo"), world.add_person("demo", "kim")
    record(world, Tag.LOGIN_FAILURE, user_id=jo, address="192.0.2.44")
    for user_id in (jo, kim):
        for subject in (user_id, *(f"{user_id}:{part}" for part in SECOND_FACTORS)):
            lock(household, subject)
    told = household.call("view-users", "GET", f"{LOCKS}/{jo}").json()
    assert (told["disabled"], told["lastIPFailure"], told["numFailures"] >= 5) == (True, "192.0.2.44", True)
    assert household.call("manage-users", "DELETE", f"{LOCKS}/{jo}").status_code == 204
    for subject in (jo, *(f"{jo}:{part}" for part in SECOND_FACTORS)):
        brake(household, subject).verify_open()
    told = household.call("view-users", "GET", f"{LOCKS}/{jo}").json()
    assert (told["disabled"], told["numFailures"]) == (False, 0)
    record(world, Tag.LOGIN_LOCKED, user_id=kim)
    assert household.call("manage-users", "DELETE", LOCKS).status_code == 204
    brake(household, kim).verify_open()
    assert household.call("view-users", "GET", f"{LOCKS}/{household.stranger}").status_code == 404


def test_required_actions_are_listed(household: Household) -> None:
    told = household.call("view-realm", "GET", "/authentication/required-actions").json()
    assert [one["alias"] for one in told] == ["UPDATE_PASSWORD", "VERIFY_EMAIL"]
    assert household.call("view-realm", "GET", "/authentication/required-actions/VERIFY_EMAIL").json() == told[1]


def test_sessions_are_counted_and_ended(household: Household) -> None:
    world = household.world
    world.add_person("demo", "lea", "view-users")
    token = world.sign_in("demo", "lea")
    world.add_person("other", "max", "view-users")
    theirs = world.sign_in("other", "max")
    stats = household.call("view-realm", "GET", "/client-session-stats").json()
    (one,) = [one for one in stats if one["clientId"] == "admin-cli"]
    assert int(one["active"]) >= 1
    assert household.call("manage-users", "POST", "/logout-all").json() == {"successRequests": [], "failedRequests": []}
    assert world.call("GET", "/realms/demo/users", token).status_code == 401
    assert world.call("GET", "/realms/other/users", theirs).status_code == 200
    stats = household.call("view-realm", "GET", "/client-session-stats").json()
    assert [one for one in stats if one["clientId"] == "admin-cli"] == []
