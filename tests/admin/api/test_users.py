"""Accounts: escalation, foreign ids, mass assignment, hostile input, two administrators at once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from idp.models import User, UserSession
from tests.admin.api.world import PASSWORD, URL, World

USERS = "/realms/demo/users"


@pytest.fixture
def helper(world: World) -> str:
    """A token of somebody who manages accounts, and nothing else."""
    world.add_person("demo", "helper", "manage-users")
    return world.sign_in("demo", "helper")


def test_created_account_is_told_and_noted(world: World, helper: str) -> None:
    body = {
        "username": "New.One",
        "email": "New@Example.org",
        "firstName": "New",
        "enabled": True,
        "attributes": {"locale": "de", "team": ["a", "b"]},
        "credentials": [{"type": "password", "value": PASSWORD, "temporary": True}],
    }
    response = world.call("POST", USERS, helper, json=body)
    assert (response.status_code, response.content) == (201, b"")
    location = response.headers["location"]
    user_id = location.rpartition("/")[2]
    assert location == f"{URL}/admin{USERS}/{user_id}"
    told = world.call("GET", f"{USERS}/{user_id}", helper).json()
    assert told == {
        "id": user_id,
        "username": "new.one",
        "email": "new@example.org",
        "firstName": "New",
        "emailVerified": False,
        "enabled": True,
        "totp": False,
        "createdTimestamp": int(world.clock.now().timestamp() * 1000),
        "attributes": {"locale": ["de"], "team": ["a", "b"]},
        "requiredActions": ["UPDATE_PASSWORD"],
        "disableableCredentialTypes": [],
        "notBefore": 0,
        "access": {
            "view": True, "manage": True, "mapRoles": True, "manageGroupMembership": True, "impersonate": False,
        },
    }  # fmt: skip
    (event,) = world.events("admin:user:create")
    assert (event.user_id, event.details["resource"]) == (user_id, f"users/{user_id}")
    assert event.details["by"]["username"] == "helper"
    assert PASSWORD not in str(event.details)


def test_account_is_disabled_unless_it_is_said(world: World, helper: str) -> None:
    """As with Keycloak."""
    world.call("POST", USERS, helper, json={"username": "quiet"})
    assert world.call("GET", f"{USERS}?username=quiet", helper).json()[0]["enabled"] is False


def test_change_notes_what_differs(world: World, helper: str) -> None:
    alice = world.add_person("demo", "alice", email_verified=True)
    body = {"firstName": "Alice", "email": "alice@elsewhere.example"}
    assert world.call("PUT", f"{USERS}/{alice}", helper, json=body).status_code == 204
    (event,) = world.events("admin:user:change")
    assert event.details["before"] == {"email": "alice@example.org", "emailVerified": True}
    assert event.details["after"] == {"firstName": "Alice", "email": "alice@elsewhere.example", "emailVerified": False}
    assert world.user(alice).username == "alice"


def test_what_nobody_may_set_is_not_set(world: World, helper: str) -> None:
    """Mass assignment: names of columns, of what is only told, and of what has ways of its own."""
    alice, before = world.add_person("demo", "alice"), None
    before = {column.key: getattr(world.user(alice), column.key) for column in User.__table__.columns}
    body = {
        "id": "another", "realm_id": "x", "realmId": "x", "password_hash": "x", "passwordHash": "x", "totp": True,
        "two_factor_enabled_at": "2020-01-01T00:00:00Z", "createdTimestamp": 1, "serviceAccountClientId": "admin-cli",
        "service_account_client_id": "x", "realmRoles": ["admin"], "clientRoles": {"realm-management": ["realm-admin"]},
        "groups": ["/admins"], "access": {"manage": True}, "federationLink": "x", "notBefore": 9, "origin": "x",
        "credentials": [{"type": "password", "value": "taken over by way of PUT"}],
    }  # fmt: skip
    assert world.call("PUT", f"{USERS}/{alice}", helper, json=body).status_code == 204
    after = {column.key: getattr(world.user(alice), column.key) for column in User.__table__.columns}
    assert after == before
    assert world.call("GET", "/realms/demo", world.sign_in("demo", "alice")).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"email": "mine@example.org"}),
        ("PUT", "", {"enabled": False}),
        ("DELETE", "", None),
        ("PUT", "/reset-password", {"type": "password", "value": "now it is mine"}),
        ("DELETE", "/credentials/{id}", None),
    ],
)
def test_lesser_administrator_cannot_take_over_a_greater_one(
    world: World, helper: str, method: str, path: str, body: Any
) -> None:
    """Not by password, not by address; and one of the same rank can be helped."""
    boss, peer = world.add_person("demo", "boss", "realm-admin"), world.add_person("demo", "peer", "manage-users")
    for user_id, status in ((boss, 403), (peer, 204)):
        response = world.call(method, f"{USERS}/{user_id}{path.replace('{id}', user_id)}", helper, json=body)
        assert response.status_code == status, response.text
    assert world.sign_in("demo", "boss")
    (event,) = world.events("admin:request:refuse")
    assert (event.details["method"], event.details["by"]["username"]) == (method, "helper")


def test_administrator_of_accounts_in_master_cannot_become_everything(world: World, admin: str) -> None:
    world.add_person("master", "clerk", "manage-users")
    clerk = world.sign_in("master", "clerk")
    root = world.call("GET", "/realms/master/users?username=root", admin).json()[0]["id"]
    body = {"type": "password", "value": "now it is mine"}
    assert world.call("PUT", f"/realms/master/users/{root}/reset-password", clerk, json=body).status_code == 403


def test_ids_of_another_realm_are_not_there(world: World, helper: str, admin: str) -> None:
    """Whatever the id, the realm in the path is the one that counts, also for who may everything."""
    stranger = world.add_person("other", "stranger")
    token = world.sign_in("other", "stranger")
    with world.transaction() as session:
        session_id = session.query(UserSession).filter_by(user_id=stranger).one().id
    for caller in (helper, admin):
        for method, path, body in (
            ("GET", "", None), ("PUT", "", {"firstName": "x"}), ("DELETE", "", None), ("GET", "/sessions", None),
            ("GET", "/credentials", None), ("POST", "/logout", None), ("PUT", "/send-verify-email", None),
            ("PUT", "/reset-password", {"value": "a new password"}), ("PUT", "/execute-actions-email", ["VERIFY_EMAIL"]),
        ):  # fmt: skip
            assert world.call(method, f"{USERS}/{stranger}{path}", caller, json=body).status_code == 404, path
        assert world.call("DELETE", f"/realms/demo/sessions/{session_id}", caller).status_code == 404
    assert world.call("GET", "/realms/other", token).status_code == 403  # the session is alive, and its owner nobody


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "x" * 10000}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": "x\u200by"}, "username"),
        ({"username": "x", "firstName": "y" * 10000}, "firstName"),
        ({"username": "x", "lastName": "a\nb"}, "lastName"),
        ({"username": "x", "email": "nonsense"}, "email"),
        ({"username": "x", "email": "y" * 10000 + "@example.org"}, "email"),
        ({"username": "x", "attributes": {"a": ["y" * 10000]}}, "attributes"),
        ({"username": "x", "attributes": {str(n): ["y"] for n in range(101)}}, "attributes"),
        ({"username": "x", "attributes": {"locale": ["../../etc"]}}, "locale"),
        ({"username": "x", "requiredActions": ["CONFIGURE_TOTP"]}, "requiredActions"),
        ({"username": "x", "credentials": [{"type": "otp", "value": "123456"}]}, "credentials"),
        ({"username": "x", "credentials": [{"type": "password", "value": "short"}]}, "password"),
        ({}, "username"),
    ],
)
def test_what_does_not_fit_is_named(world: World, helper: str, body: Any, field: str) -> None:
    response = world.call("POST", USERS, helper, json=body)
    assert response.status_code == 400, response.text
    assert [problem["field"] for problem in response.json()["errors"]] == [field]
    assert world.call("GET", f"{USERS}/count", helper).json() == 1


def test_two_administrators_do_not_overwrite_each_other(world: World, helper: str) -> None:
    """Who read first and writes last is told; who sends no tag overwrites, as Keycloak's clients do."""
    alice = world.add_person("demo", "alice")
    path = f"{USERS}/{alice}"
    first, second = (world.call("GET", path, helper) for _ in range(2))
    tag = first.headers["etag"]
    assert tag == second.headers["etag"]
    assert world.call("PUT", path, helper, json={"firstName": "A"}, headers={"if-match": tag}).status_code == 204
    late = world.call("PUT", path, helper, json={"firstName": "B"}, headers={"if-match": tag})
    assert (late.status_code, late.json()["error"]) == (412, "precondition_failed")
    assert world.call("DELETE", path, helper, headers={"if-match": tag}).status_code == 412
    assert world.user(alice).given_name == "A"
    assert world.call("PUT", path, helper, json={"firstName": "C"}).status_code == 204
    assert (
        world.call("PUT", path, helper, json={"firstName": "D"}, headers={"if-match": f'"x", {tag}'}).status_code == 412
    )


@pytest.mark.every_database
def test_of_two_at_once_one_wins(world: World, helper: str) -> None:
    """With the same tag; and of deletions, one."""
    alice = world.add_person("demo", "alice")
    path = f"{USERS}/{alice}"
    tag = world.call("GET", path, helper).headers["etag"]

    def change(number: int) -> int:
        body = {"firstName": f"name {number}"}
        return int(world.call("PUT", path, helper, json=body, headers={"if-match": tag}).status_code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(change, range(4))) == [204, 412, 412, 412]
        deleted = sorted(pool.map(lambda _: world.call("DELETE", path, helper).status_code, range(4)))
    assert deleted == [204, 404, 404, 404]


@pytest.mark.every_database
def test_search_by_attribute_and_pages_by_key(world: World, helper: str) -> None:
    for number in range(5):
        world.add_person(
            "demo", f"person-{number}", attributes={"team": ["red" if number % 2 else "blue"], 'a"b': ["x"]}
        )
    world.add_robot("demo", "robot")

    def names(query: str) -> list[str]:
        return [user["username"] for user in world.call("GET", f"{USERS}?{query}", helper).json()]

    assert names("q=team:red") == ["person-1", "person-3"]
    assert names('q="team":"blue"&first=1&max=1') == ["person-2"]
    assert names("q=team:red team:blue") == []
    assert names("max=2&after=person-1") == ["person-2", "person-3"]
    assert names("search=robot") == []
    assert names("search=_erson") == names("search=%25") == []
    assert names("search=*ERSON-1*") == ["person-1"]
    assert names("search=PERSON-1%20EXAM") == names("username=zzz") == []
    assert names("max=0") == []
    assert names("search=person-4&briefRepresentation=true") == ["person-4"]


def test_account_of_a_client_cannot_be_used_as_a_persons(world: World, admin: str) -> None:
    account = world.add_robot("demo", "robot")
    path = f"{USERS}/{account}"
    password = {"type": "password", "value": "a new password"}
    assert world.call("PUT", f"{path}/reset-password", admin, json=password).status_code == 400
    assert world.call("PUT", path, admin, json={"username": "person"}).status_code == 400
    assert world.call("DELETE", path, admin).status_code == 400
    assert world.token("demo", grant_type="password", username="service-account-robot", password="x").status_code == 400


def test_account_with_certificates_stays_while_they_are_valid(world: World, admin: str) -> None:
    """Their serial numbers have to stay in the revocation lists."""
    from datetime import timedelta

    from idp.models import Certificate, CertificateAuthority

    alice = world.add_person("demo", "alice")
    now = world.clock.now()
    with world.transaction() as session:
        realm_id = session.get_one(User, alice).realm_id
        required = {"realm_id": realm_id, "created_at": now, "not_before": now, "not_after": now + timedelta(days=30)}
        authority = CertificateAuthority(**_fill(CertificateAuthority, required))
        session.add(authority)
        session.flush()
        session.add(Certificate(**_fill(Certificate, {**required, "user_id": alice, "authority_id": authority.id})))
    assert world.call("DELETE", f"{USERS}/{alice}", admin).status_code == 409
    world.clock.advance(seconds=31 * 86400)
    admin = world.sign_in("master", "root")
    assert world.call("DELETE", f"{USERS}/{alice}", admin).status_code == 204


def _fill(entity: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Return *values* with something for every other column that needs it."""
    samples = {str: "x", bytes: b"x", int: 1, bool: False, list: [], dict: {}}
    filled = {}
    for column in entity.__table__.columns:
        if column.key in values:
            filled[column.key] = values[column.key]
        elif not column.nullable and column.default is None and not column.primary_key:
            filled[column.key] = samples.get(column.type.python_type, values["created_at"])
    return filled
