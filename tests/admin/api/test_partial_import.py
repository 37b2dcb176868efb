"""Parts of a realm over HTTP, in and out: what is answered, who may, and what hostile documents come to."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from idp.admin.importing import LARGEST, MOST_LINES, MOST_PASSWORDS
from idp.models import Client, Role, User
from idp.users.authority import find_authority_of_user
from idp.users.management_roles import MANAGEMENT_ROLES, REALM_ADMIN
from tests.admin.api.world import SECRET, World, open_world
from tests.clock import FixedClock
from tests.databases import Databases
from tests.transfer.sample import export

IMPORT = "/realms/demo/partialImport"
EXPORT = "/realms/demo/partial-export"
SMALL = {
    "users": [{"username": "mia", "email": "mia@example.org", "enabled": True, "realmRoles": ["boss"], "groups": ["/north/pier"]}],
    "clients": [{"clientId": "shop", "redirectUris": ["https://shop.example.org/"], "secret": "shop-secret-of-old"}],
    "roles": {
        "realm": [{"name": "staff"}, {"name": "boss", "composites": {"realm": ["staff"]}}],
        "client": {"shop": [{"name": "editor"}]},
    },
    "groups": [{"name": "north", "subGroups": [{"name": "pier"}]}],
}  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A world for the module, on each database."""
    folder = tmp_path_factory.mktemp("town")
    with databases.create(request.param, folder) as url, open_world(url, folder, FixedClock()) as world:
        world.add_robot("demo", "boss", REALM_ADMIN)
        world.add_robot(
            "demo", "lesser", *(name for name in MANAGEMENT_ROLES if name not in {REALM_ADMIN, "impersonation"})
        )
        world.add_robot("demo", "people", "manage-users", "manage-clients")
        yield world


@pytest.fixture(scope="module")
def boss(town: World) -> str:
    return town.sign_in_robot("demo", "boss")


def send(world: World, token: str, document: Any, policy: str = "SKIP") -> Any:
    return world.call("POST", IMPORT, token, json={"ifResourceExists": policy, **document})


def named(document: dict[str, Any], suffix: str) -> dict[str, Any]:
    """The document with other names, for a test of its own."""
    text = json.dumps(document)
    for name in ("mia", "shop", "staff", "boss", "editor", "north"):
        text = text.replace(f'"{name}', f'"{name}-{suffix}').replace(f"/{name}", f"/{name}-{suffix}")
    return dict(json.loads(text.replace("mia@", f"mia-{suffix}@")))


def find_user(world: World, username: str) -> User | None:
    with world.transaction() as session:
        found: User | None = session.scalars(select(User).where(User.username == username)).one_or_none()
        return found


def test_each_object_is_added_then_skipped_then_overwritten(town: World, boss: str) -> None:
    document = named(SMALL, "a")
    first = send(town, boss, document).json()
    assert (first["added"], first["skipped"], first["overwritten"], first["failed"]) == (7, 0, 0, 0)
    told = {(result["resourceType"], result["resourceName"]): result for result in first["results"]}
    assert set(told) == {
        ("CLIENT", "shop-a"), ("REALM_ROLE", "staff-a"), ("REALM_ROLE", "boss-a"), ("CLIENT_ROLE", "shop-a-->editor-a"),
        ("GROUP", "north-a"), ("GROUP", "north-a/pier"), ("USER", "mia-a"),
    }  # fmt: skip
    mia = find_user(town, "mia-a")
    assert mia is not None
    assert told["USER", "mia-a"]["id"] == mia.id
    assert told["CLIENT", "shop-a"]["id"] == town.client_row_id("demo", "shop-a")
    second = send(town, boss, document).json()
    assert (second["added"], second["skipped"], second["overwritten"]) == (0, 7, 0)
    assert {result["id"] for result in second["results"]} == {result["id"] for result in first["results"]}
    document["users"][0]["firstName"] = "Mia"
    third = send(town, boss, document, "OVERWRITE").json()
    assert (third["added"], third["skipped"], third["overwritten"]) == (0, 0, 7)
    changed = find_user(town, "mia-a")
    assert changed is not None
    assert (changed.given_name, changed.id) == ("Mia", mia.id)
    assert [event.user_id for event in town.events("admin:user:change")][-1:] == [mia.id]
    assert town.events("admin:realm:import")[-1].details["changed"] == 7


def test_fail_takes_nothing_where_anything_is_there(town: World, boss: str) -> None:
    document = named(SMALL, "b")
    assert send(town, boss, {"roles": {"realm": [{"name": "staff-b"}]}}, "FAIL").status_code == 200
    refused = send(town, boss, document, "FAIL")
    assert refused.status_code == 409
    assert refused.json()["errors"] == [{"field": "role staff-b", "errorMessage": "it is there already"}]
    assert find_user(town, "mia-b") is None
    del document["roles"]["realm"][0]
    document["users"].append({"username": "bad", "email": "no address"})
    refused = send(town, boss, document, "FAIL")
    assert refused.status_code == 400
    assert "bad" in refused.text
    assert find_user(town, "mia-b") is None
    del document["users"][1]
    assert send(town, boss, document, "FAIL").json()["added"] == 6


def test_object_that_cannot_be_is_told_and_the_rest_is_taken(town: World, boss: str) -> None:
    document = named(SMALL, "c")
    document["users"] += [{"username": "no\u0000name"}, {"username": "c-c", "email": "c"}, 5, document["users"][0]]
    document["clients"] += [
        {"clientId": "bad-c", "redirectUris": "https://x.example/"},
        {"clientId": "saml-c", "protocol": "saml"},
    ]
    document |= {
        "identityProviders": [{"alias": "x"}],
        "displayName": "Other",
        "attributes": {"certificate_policy": "off"},
    }
    told = send(town, boss, document, "OVERWRITE").json()
    assert (told["added"], told["failed"]) == (7, 5)
    reasons = {
        result["resourceName"]: result["errorMessage"] for result in told["results"] if result["action"] == "FAILED"
    }
    assert "it is in the file twice" in reasons["mia-c"]
    assert "redirectUris" in reasons["bad-c"]
    left = [(line["resourceName"], line["message"]) for line in told["withoutCounterpart"]]
    assert ("demo", "its settings stay as they are") in left
    assert "saml-c" in dict(left)
    assert town.call("GET", "/realms/demo", boss).json().get("displayName") != "Other"


def test_whoever_lacks_one_permission_imports_nothing_that_gives_any(town: World) -> None:
    """Also with SKIP, and also where the realm-admin role is in the file by a detour."""
    lesser, people = town.sign_in_robot("demo", "lesser"), town.sign_in_robot("demo", "people")
    document = named(SMALL, "d")
    strong = {"name": "strong-d", "composites": {"client": {"realm-management": [REALM_ADMIN]}}}
    for part in (
        {"users": [{"username": "d", "clientRoles": {"realm-management": [REALM_ADMIN]}}]},
        {"users": [{"username": "d", "credentials": [{"type": "password", "value": "x" * 12}]}]},
        {"clients": [{"clientId": "d", "serviceAccountsEnabled": True}]},
        {"groups": [{"name": "d", "clientRoles": {"realm-management": [REALM_ADMIN]}}]},
        {"roles": {"realm": [strong]}},
        {"roles": {"client": {"boss": [{"name": "d"}]}}},
        {"clientScopes": [{"name": "d"}]},
        {"defaultGroups": ["/d"]},
        document,
    ):
        assert send(town, lesser, part).status_code == 403, part
        assert send(town, people, part).status_code == 403, part
    assert find_user(town, "d") is None
    plain = {"roles": {"realm": [{"name": "plain-d"}]}}
    assert send(town, people, plain).status_code == 403
    assert send(town, lesser, plain, "OVERWRITE").status_code == 403
    assert send(town, lesser, plain).json()["added"] == 1
    assert town.events("admin:request:refuse")[-1].details["path"] == f"/admin{IMPORT}"


def test_nobody_of_a_realm_imports_into_another(town: World, boss: str) -> None:
    assert town.call("POST", "/realms/other/partialImport", boss, json=SMALL).status_code == 403
    assert town.call("POST", "/realms/master/partialImport", boss, json=SMALL).status_code == 403
    assert town.call("POST", IMPORT, None, json=SMALL).status_code == 401


def test_over_master_it_takes_everything(town: World) -> None:
    """Whoever administers `master` in part could make themselves an administrator of everything."""
    town.add_robot("master", "partial", *(f"demo:{role}" for role in MANAGEMENT_ROLES), "create-realm", REALM_ADMIN)
    town.add_robot("master", "whole", "admin")
    document = {
        "users": [{"username": "evil", "realmRoles": ["admin"]}],
        "roles": {"realm": [{"name": "admin", "description": "x"}]},
    }
    path = "/realms/master/partialImport?"
    assert town.call("POST", path, town.sign_in_robot("master", "partial"), json=document).status_code == 403
    whole = town.sign_in_robot("master", "whole")
    told = town.call("POST", path, whole, json={**document, "ifResourceExists": "OVERWRITE"}).json()
    assert (told["added"], told["overwritten"]) == (1, 0)
    with town.transaction() as session:
        assert "x" not in set(session.scalars(select(Role.description).where(Role.name == "admin")))


def test_what_the_realm_cannot_do_without_is_not_overwritten(town: World, boss: str) -> None:
    """Nor the accounts of clients, nor those of other realms."""
    town.add_client("demo", "account-console")
    stranger = town.add_person("other", "stranger")
    document = {
        "clients": [
            {"clientId": name, "publicClient": True, "redirectUris": ["https://evil.example/"], "name": "Evil"}
            for name in ("account-console", "security-admin-console", "realm-management")
        ],
        "users": [{"username": "service-account-boss"}, {"username": "thief", "id": stranger}],
        "roles": {
            "client": {"realm-management": [{"name": "manage-users", "composites": {"realm": []}, "description": "x"}]}
        },
    }
    told = send(town, boss, document, "OVERWRITE").json()
    assert (told["added"], told["overwritten"], told["failed"]) == (0, 0, 2)
    with town.transaction() as session:
        assert "Evil" not in set(session.scalars(select(Client.name)))
    assert town.user(stranger).username == "stranger"


def test_files_can_make_no_client_of_administrators(town: World, boss: str) -> None:
    """Mass assignment: what only an operator gives is not in a file's gift."""
    more = {
        "admin_api": "true",
        "first_party": "true",
        "countersign.admin_api": "yes",
        "idp.admin_api": "true",
        "idp.first_party": "true",
    }
    client = {
        "clientId": "grabbing",
        "publicClient": True,
        "attributes": more,
        "admin_api": True,
        "manages_realm_id": town.realm_id("demo"),
    }
    user = {
        "username": "grabber",
        "realm_id": town.realm_id("other"),
        "two_factor_enabled_at": 1,
        "service_account_client_id": "x",
    }
    told = send(town, boss, {"clients": [client], "users": [user]}).json()
    assert told["added"] == 2
    with town.transaction() as session:
        row = session.scalars(select(Client).where(Client.client_id == "grabbing")).one()
        assert (row.admin_api, row.first_party, row.manages_realm_id) == (False, False, None)
    grabber = find_user(town, "grabber")
    assert grabber is not None
    assert (grabber.realm_id, grabber.two_factor_enabled_at, grabber.service_account_client_id) == (
        town.realm_id("demo"),
        None,
        None,
    )


def test_account_of_a_client_keeps_its_roles_unless_it_is_overwritten(town: World, boss: str) -> None:
    account = town.add_robot("demo", "robot-e", "view-users")
    user = {
        "username": "service-account-robot-e",
        "serviceAccountClientId": "robot-e",
        "clientRoles": {"realm-management": ["view-events"]},
    }
    assert send(town, boss, {"users": [user]}).json()["skipped"] == 1
    assert send(town, boss, {"users": [user]}, "FAIL").status_code == 409
    with town.transaction() as session:
        assert find_authority_of_user(session, account).holds(town.realm_id("demo"), "view-users")
    assert send(town, boss, {"users": [user]}, "OVERWRITE").json()["overwritten"] == 1
    with town.transaction() as session:
        assert not find_authority_of_user(session, account).holds(town.realm_id("demo"), "view-users")


def test_overwritten_password_ends_the_sessions(town: World, boss: str) -> None:
    town.add_person("demo", "nora")
    token = town.sign_in("demo", "nora")
    userinfo = "/realms/demo/protocol/openid-connect/userinfo"
    headers = {"authorization": f"Bearer {token}"}
    same = {"username": "nora", "email": "nora@example.org", "enabled": True}
    assert send(town, boss, {"users": [same]}, "OVERWRITE").json()["overwritten"] == 1
    assert town.http.get(userinfo, headers=headers).status_code == 200
    other = {**same, "credentials": [{"type": "password", "value": "another password"}]}
    assert send(town, boss, {"users": [other]}, "OVERWRITE").json()["overwritten"] == 1
    assert town.http.get(userinfo, headers=headers).status_code == 401


HOSTILE = {
    "nothing": b"",
    "no object": b"[]",
    "cut off": b'{"users": [{"username": "x"}',
    "twice": b'{"roles": {}, "roles": {"realm": [{"name": "x"}]}}',
    "not text": b'{"users": "\xff"}',
    "policy": b'{"ifResourceExists": "perhaps"}',
    "policy of another type": b'{"ifResourceExists": {}}',
    "not a number": b'{"users": [NaN]}',
    "too much to say": b'{"users": [' + b"1," * MOST_LINES + b"1]}",
    "too many passwords": json.dumps(
        {
            "users": [
                {"username": "x", "credentials": [{"type": "password", "value": "long enough"}] * (MOST_PASSWORDS + 1)}
            ]
        }
    ).encode(),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_document_is_refused_as_a_whole(town: World, boss: str, kind: str) -> None:
    headers = {"content-type": "application/json"}
    response = town.call("POST", IMPORT, boss, content=HOSTILE[kind], headers=headers)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), response.text
    assert find_user(town, "x") is None


def test_object_that_is_nested_too_deeply_is_told(town: World, boss: str) -> None:
    content = b'{"users": [{"username": "x", "attributes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}"
    told = town.call("POST", IMPORT, boss, content=content, headers={"content-type": "application/json"}).json()
    assert (told["failed"], told["added"]) == (1, 0)
    assert "nested" in told["results"][0]["errorMessage"]


def test_document_has_a_limit(town: World, boss: str) -> None:
    headers = {"content-type": "application/json"}
    assert town.call("POST", IMPORT, boss, content=b" " * (LARGEST + 1), headers=headers).status_code == 413
    assert town.call("POST", IMPORT, boss, content=b"{}", headers={"content-type": "text/plain"}).status_code == 415


@pytest.mark.parametrize(
    "part",
    [
        {"users": [{"username": "x", "username2": {"a": [{}] * 10}, "attributes": {"a": [["b"]]}}]},
        {"users": {"username": "x"}},
        {"clients": {"clientId": "x"}},
        {"clients": [{"clientId": {}}]},
        {"groups": "x"},
        {"groups": [{"name": "a/b"}, {"name": None}, []]},
        {"roles": []},
        {"roles": {"realm": {"name": "x"}}},
        {"roles": {"realm": [{"name": "x" * 10_000}, {}], "client": {"nobody": [{"name": "x"}]}}},
        {"clientScopes": [{"name": "x y"}, 1]},
        {"defaultGroups": {"a": 1}},
        {"users": [{"username": "\ud83d"}]},
    ],
)
def test_odd_parts_are_told_and_break_nothing(town: World, boss: str, part: dict[str, Any]) -> None:
    headers = {"content-type": "application/json"}
    response = town.call("POST", IMPORT, boss, content=json.dumps(part).encode(), headers=headers)
    assert response.status_code in {200, 400}, response.text
    assert response.status_code == 400 or response.json()["added"] == 0 or "\\u" in json.dumps(part)


def test_export_has_what_is_asked_for_and_no_secrets(town: World, boss: str) -> None:
    bare = town.call("POST", EXPORT, boss).json()
    assert bare["realm"] == "demo"
    assert not {"clients", "roles", "groups", "users"} & set(bare)
    whole = town.call("POST", f"{EXPORT}?exportClients=true&exportGroupsAndRoles=true", boss)
    assert {"clients", "roles", "groups", "clientScopes"} <= set(whole.json())
    robot = next(client for client in whole.json()["clients"] if client["clientId"] == "people")
    assert robot["secret"] == "**********"
    assert SECRET not in whole.text
    assert "users" not in whole.json()
    assert town.events("admin:realm:export")[-1].details["clients"] is True


def test_export_tells_nobody_more_than_they_may_see(town: World) -> None:
    town.add_robot("demo", "settings-alone", "manage-realm")
    token = town.sign_in_robot("demo", "settings-alone")
    assert town.call("POST", EXPORT, token).status_code == 200
    assert town.call("POST", f"{EXPORT}?exportClients=true", token).status_code == 403
    assert town.call("POST", f"{EXPORT}?exportGroupsAndRoles=true", token).status_code == 403
    assert town.call("POST", EXPORT, town.sign_in_robot("demo", "people")).status_code == 403


def test_realm_is_made_with_all_that_is_in_it(town: World) -> None:
    """By whoever may make realms, and nothing of it where something of it cannot be."""
    town.add_robot("master", "maker", "create-realm")
    maker = town.sign_in_robot("master", "maker")
    whole = export(passwordPolicy="length(12)", loginTheme=None, ssoSessionIdleTimeout=600)
    made = town.call("POST", "/realms", maker, json=whole)
    assert (made.status_code, made.content) == (201, b"")
    users = town.call("GET", "/realms/company/users", town.sign_in_robot("master", "maker")).json()
    assert {"mia", "ole", "pia"} <= {user["username"] for user in users}
    assert town.call("POST", "/realms", maker, json=whole).status_code == 409
    broken = {**whole, "realm": "broken", "users": [{"username": "x", "email": "x"}]}
    refused = town.call("POST", "/realms", maker, json=broken)
    assert (refused.status_code, "x (users[0])" in refused.text) == (400, True)
    assert town.call("GET", "/realms/broken", maker).status_code == 404
