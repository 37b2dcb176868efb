"""The one way through: who gets in, what is refused, and what every route declares."""

from typing import Any

import pytest
from fastapi.routing import APIRoute

from idp.admin.api.application import RESOURCES
from idp.admin.api.endpoint import Operation
from idp.admin.api.policies import AnyAdministrator, AnyRoleInRealm, CreatesRealms, InRealm, OneInRealm
from idp.users.management_roles import MANAGEMENT_ROLES
from tests.admin.api.world import PASSWORD, URL, World

ROUTES = [route for resource in RESOURCES for route in resource.router.routes]


def roles_of(policy: Any) -> tuple[str, ...]:
    """The roles, one of which a policy asks for."""
    if isinstance(policy, OneInRealm):
        return policy.roles
    return (policy.role,) if isinstance(policy, InRealm) else ()


def test_every_route_declares_a_policy() -> None:
    """And one that can be met: its role exists, and it asks for a realm exactly where the path has one."""
    for route in ROUTES:
        assert isinstance(route, APIRoute)
        operation = getattr(route.endpoint, "operation", None)
        assert isinstance(operation, Operation), route.path
        policy = operation.policy
        of_realm = isinstance(policy, InRealm | OneInRealm | AnyRoleInRealm)
        assert of_realm or isinstance(policy, CreatesRealms | AnyAdministrator), route.path
        assert of_realm is ("{realm}" in route.path), route.path
        assert set(roles_of(policy)) <= set(MANAGEMENT_ROLES)


def test_reading_asks_for_no_more_than_viewing_and_changing_for_more() -> None:
    for route in ROUTES:
        if "GET" not in route.methods:  # type: ignore[attr-defined]
            for role in roles_of(route.endpoint.operation.policy):  # type: ignore[attr-defined]
                assert role.startswith(("manage-", "create-", "impersonation")), route.path  # type: ignore[attr-defined]


def test_nothing_is_open_without_a_token(world: World) -> None:
    """Every route of the application, whatever is in its path, and whether or not the body fits."""
    paths = world.http.get("/admin/openapi.json").json()["paths"]
    asked = 0
    for path, methods in paths.items():
        for method in methods:
            response = world.call(method.upper(), path.replace("{realm}", "demo"), json={"max": []})
            assert response.status_code == 401, (method, path)
            assert response.headers["www-authenticate"].startswith('Bearer realm="admin"')
            asked += 1
    assert asked == len(ROUTES)


@pytest.mark.parametrize(
    "header",
    ["Bearer nonsense", "Bearer a.b.c", f"Bearer {'x' * 43}", "Basic YTpi", "Bearer", "DPoP a.b.c", "Bearer é"],
)
def test_what_is_no_token_is_told_so(world: World, header: str) -> None:
    response = world.http.get("/admin/realms", headers={"authorization": header.encode()})
    assert response.status_code == 401
    assert response.json()["error"] == "invalid_token"


def test_person_without_roles_is_refused_everywhere(world: World) -> None:
    world.add_person("demo", "alice")
    token = world.sign_in("demo", "alice")
    for path in ("/realms", "/realms/demo", "/realms/demo/users", "/serverinfo", "/whoami", "/realms/nowhere/users"):
        assert world.call("GET", path, token).status_code in {403, 404}, path
    refused = world.events("admin:request:refuse")
    assert {event.details["path"] for event in refused} >= {"/admin/realms/demo/users"}
    assert refused[0].details["by"]["username"] == "alice"


def test_token_of_another_realm_is_refused(world: World) -> None:
    world.add_person("other", "boss", "realm-admin")
    token = world.sign_in("other", "boss")
    assert world.call("GET", "/realms/other/users", token).status_code == 200
    assert world.call("GET", "/realms/demo/users", token).status_code == 403
    assert world.call("GET", "/realms/master/users", token).status_code == 403


def test_master_reaches_every_realm_as_far_as_its_roles_go(world: World, admin: str) -> None:
    world.add_person("master", "half", "demo:view-users")
    half = world.sign_in("master", "half")
    assert world.call("GET", "/realms/other/users", admin).status_code == 200
    assert world.call("GET", "/realms/demo/users", half).status_code == 200
    assert world.call("GET", "/realms/other/users", half).status_code == 403
    assert world.call("POST", "/realms/demo/users", half, json={"username": "x"}).status_code == 403
    assert [realm["realm"] for realm in world.call("GET", "/realms", half).json()] == ["demo"]


def test_role_that_is_taken_away_is_gone_at_once(world: World) -> None:
    """Whatever the token was good for a moment ago."""
    from sqlalchemy import delete

    from idp.models import ROLE_OF_USER

    boss = world.add_person("demo", "boss", "view-users")
    token = world.sign_in("demo", "boss")
    assert world.call("GET", "/realms/demo/users", token).status_code == 200
    with world.transaction() as session:
        session.execute(delete(ROLE_OF_USER).where(ROLE_OF_USER.c.user_id == boss))
    assert world.call("GET", "/realms/demo/users", token).status_code == 403


@pytest.mark.parametrize("end", ["sign out", "disable", "delete", "time"])
def test_token_ends_with_its_session(world: World, admin: str, end: str) -> None:
    boss = world.add_person("demo", "boss", "view-users")
    token = world.sign_in("demo", "boss")
    assert world.call("GET", "/realms/demo/users", token).status_code == 200
    if end == "sign out":
        assert world.call("POST", f"/realms/demo/users/{boss}/logout", admin).status_code == 204
    elif end == "disable":
        assert world.call("PUT", f"/realms/demo/users/{boss}", admin, json={"enabled": False}).status_code == 204
    elif end == "delete":
        assert world.call("DELETE", f"/realms/demo/users/{boss}", admin).status_code == 204
    else:
        world.clock.advance(seconds=301)
    response = world.call("GET", "/realms/demo/users", token)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_token")


def test_application_that_an_administrator_signs_in_to_is_no_administrator(world: World) -> None:
    """The confused deputy: any client gets tokens for people, and must not get their power."""
    world.add_person("demo", "boss", "realm-admin")
    world.add_client("demo", "game", secret=None, direct_access_grants_enabled=True)
    token = world.sign_in("demo", "boss", client_id="game")
    assert world.call("GET", "/realms/demo/users", token).status_code == 403
    assert world.call("GET", "/realms/demo/users", world.sign_in("demo", "boss")).status_code == 200


def test_token_for_another_resource_opens_nothing(world: World) -> None:
    """A resource server that is sent an administrator's token cannot use it here."""
    world.add_person("demo", "boss", "realm-admin")
    world.add_client(
        "demo", "tool", secret=None, direct_access_grants_enabled=True, admin_api=True,
        resources=["https://api.example"], scope="reports",
    )  # fmt: skip
    token = world.sign_in("demo", "boss", client_id="tool", resource="https://api.example", scope="reports")
    assert world.call("GET", "/realms/demo/users", token).status_code == 401


def test_client_calls_for_itself(world: World) -> None:
    """With the roles of its account; without an account, or with a disabled one, with none."""
    account = world.add_robot("demo", "robot", "view-users")
    world.add_client("demo", "stranger", grant_types=("client_credentials",))
    token = world.sign_in_robot("demo", "robot")
    assert world.call("GET", "/realms/demo/users", token).status_code == 200
    assert world.call("POST", "/realms/demo/users", token, json={"username": "x"}).status_code == 403
    assert world.call("GET", "/realms/demo/users", world.sign_in_robot("demo", "stranger")).status_code == 403
    with world.transaction() as session:
        from idp.models import User

        session.get_one(User, account).enabled = False
    assert world.call("GET", "/realms/demo/users", token).status_code == 403


def test_revoked_token_of_a_client_is_refused(world: World) -> None:
    world.add_robot("demo", "robot", "view-users")
    token = world.sign_in_robot("demo", "robot")
    revoked = world.http.post(
        "/realms/demo/protocol/openid-connect/revoke",
        data={"token": token, "client_id": "robot", "client_secret": "robot-secret"},
    )
    assert revoked.status_code == 200
    assert world.call("GET", "/realms/demo/users", token).status_code == 401


def test_opaque_tokens_are_as_good(world: World) -> None:
    world.add_person("demo", "boss", "view-users")
    world.add_client(
        "demo", "plain", secret=None, direct_access_grants_enabled=True, admin_api=True, access_token_format="opaque"
    )
    token = world.sign_in("demo", "boss", client_id="plain")
    assert "." not in token
    assert world.call("GET", "/realms/demo/users", token).status_code == 200
    assert world.call("GET", "/realms/other/users", token).status_code == 403


def test_disabled_realm_can_be_switched_on_again_by_master(world: World, admin: str) -> None:
    assert world.call("PUT", "/realms/demo", admin, json={"enabled": False}).status_code == 204
    assert world.http.get("/realms/demo/.well-known/openid-configuration").status_code == 404
    assert world.call("GET", "/realms/demo/users", admin).status_code == 200
    assert world.call("PUT", "/realms/demo", admin, json={"enabled": True}).status_code == 204
    assert world.http.get("/realms/demo/.well-known/openid-configuration").status_code == 200


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b'{"username": "x"}', "text/plain", 415),
        (b'{"username": "x"}', "application/x-www-form-urlencoded", 415),
        (b'{"username": ' + b'"x"' + b" " * 70000 + b"}", "application/json", 413),
        (b'{"attributes": ' + b"[" * 1000 + b"]" * 1000 + b"}", "application/json", 400),
        (b'{"username": "x", "username": "y"}', "application/json", 400),
        (b'{"username": "a\\u0000b"}', "application/json", 400),
        (b'{"username": "\\ud800"}', "application/json", 400),
        (b'{"createdTimestamp": NaN}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[1, 2]", "application/json", 400),
        (b'{"username": ["x"]}', "application/json", 400),
        (b"", "application/json", 400),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be_are_refused(
    world: World, admin: str, content: bytes, content_type: str, status: int
) -> None:
    headers = {"content-type": content_type}
    response = world.call("POST", "/realms/demo/users", admin, content=content, headers=headers)
    assert response.status_code == status, response.text
    assert {"error", "error_description", "errorMessage"} <= response.json().keys()


def test_body_is_judged_only_for_those_who_may(world: World) -> None:
    """Whoever may not make the request does not learn what is wrong with it."""
    world.add_person("demo", "viewer", "view-users")
    token = world.sign_in("demo", "viewer")
    bad: dict[str, Any] = {"content": b"{", "headers": {"content-type": "application/json"}}
    assert world.call("POST", "/realms/demo/users", token, **bad).status_code == 403
    assert world.call("POST", "/realms/demo/users", None, **bad).status_code == 401


def test_unknown_paths_and_methods_are_json(world: World, admin: str) -> None:
    nothing = world.call("GET", "/realms/demo/nothing-here", admin)
    assert (nothing.status_code, nothing.json()["error"]) == (404, "not_found")
    wrong = world.call("PATCH", "/realms/demo/users", admin)
    assert (wrong.status_code, wrong.json()["error"]) == (405, "method_not_allowed")
    assert "GET" in wrong.headers["allow"]
    for realm in ("nowhere", "no%0Awhere"):
        unknown = world.call("GET", f"/realms/{realm}/users", admin)
        assert (unknown.status_code, unknown.json()["error"]) == (404, "not_found")
    assert world.call("GET", "/docs").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["search=%00", "first=-1", "max=x", "first=99999999999", "max=1000000", "search=%ff", f"search={'a+' * 200}"],
)
def test_queries_that_cannot_be_are_refused(world: World, admin: str, query: str) -> None:
    response = world.call("GET", f"/realms/demo/users?{query}", admin)
    assert response.status_code == 400, response.text


def test_unexpected_error_tells_an_event_and_nothing_else(
    world: World, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("idp.admin.api.users.count_users", fail)
    response = world.call("GET", "/realms/demo/users/count", admin)
    (event,) = world.events("server:request:error")
    assert response.status_code == 500
    assert response.json() == {
        "error": "server_error",
        "error_description": f"Event {event.id}",
        "errorMessage": f"Event {event.id}",
    }


def test_failed_change_changes_nothing_and_claims_nothing(world: World, admin: str) -> None:
    """Half a creation is none, and no event says otherwise."""
    body = {"username": "new", "enabled": True, "credentials": [{"type": "password", "value": "short"}]}
    assert world.call("POST", "/realms/demo/users", admin, json=body).status_code == 400
    assert world.call("GET", "/realms/demo/users?username=new", admin).json() == []
    assert world.events("admin:user:create") == []


def test_document_names_the_token_and_the_errors(world: World) -> None:
    document = world.http.get("/admin/openapi.json").json()
    operation = document["paths"]["/realms/{realm}/users"]["post"]
    assert document["servers"] == [{"url": f"{URL}/admin"}]
    assert operation["security"] == [{"bearer": []}]
    assert operation["x-policy"] == "InRealm(role='manage-users')"
    assert set(operation["responses"]) == {"201", "401", "4XX", "503"}
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_document_tells_apart_what_is_new_what_is_moved_and_what_is_refused(world: World) -> None:
    paths = world.http.get("/admin/openapi.json").json()["paths"]
    made = paths["/realms/{realm}/groups"]["post"]["responses"]
    assert set(made) == {"201", "204", "401", "4XX", "503"}
    assert made["201"]["headers"]["Location"]["required"]
    assert "content" not in made["201"]
    assert set(paths["/realms/{realm}/events"]["delete"]["responses"]) == {"405", "401", "4XX", "503"}
    files = paths["/realms/{realm}/clients/{client_row_id}/installation/providers/{provider}"]["get"]["responses"]
    assert set(files["200"]["content"]) == {"application/json", "text/plain"}


def test_answers_are_not_kept(world: World, admin: str) -> None:
    response = world.call("GET", "/realms/demo/users", admin)
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["strict-transport-security"]
    assert PASSWORD not in response.text
