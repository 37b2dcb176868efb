"""Client scopes: what comes with them into tokens, who has them, and what happens when they change."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, update

from idp.clients.client_scopes import change_client_scope, create_client_scope, make_built_in_scopes
from idp.models import Client, ClientScope, Realm
from tests.admin.api.client_steps import make, row
from tests.admin.api.world import PASSWORD, SECRET, World

SCOPES = "/realms/demo/client-scopes"


@pytest.fixture
def helper(world: World) -> str:
    """A token of somebody who manages clients, and nothing else."""
    world.add_person("demo", "helper", "manage-clients")
    return world.sign_in("demo", "helper")


def add_scope(world: World, token: str, name: str = "orders", **more: Any) -> str:
    """Make a scope with a mapper, and return its path."""
    config = {"claim.name": name, "claim.value": "all", "access.token.claim": "true"}
    mapper = {"name": "m", "protocolMapper": "oidc-hardcoded-claim-mapper", "config": config}
    response = world.call("POST", SCOPES, token, json={"name": name, "protocolMappers": [mapper], **more})
    assert response.status_code == 201, response.text
    return str(response.headers["location"].removeprefix("https://idp.example/admin"))


def claims(world: World, scope: str) -> dict[str, Any]:
    form = {"client_id": "app", "client_secret": SECRET, "grant_type": "password", "scope": scope}
    response = world.token("demo", username="helper", password=PASSWORD, **form)
    payload = response.json()["access_token"].split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(payload + "==")))


def add_app(world: World, token: str, **more: Any) -> str:
    return make(world, token, secret=SECRET, directAccessGrantsEnabled=True, **more)


def test_mappers_of_a_scope_write_when_it_is_granted(world: World, helper: str) -> None:
    scope = add_scope(world, helper, description="What was ordered", attributes={"include.in.token.scope": True})
    app = add_app(world, helper, optionalClientScopes=["orders", "email"])
    assert "orders" not in claims(world, "openid")
    assert claims(world, "openid orders")["orders"] == "all"
    assert row(world, app).scope.split() == ["openid", "orders", "email"]

    scope_id = scope.rpartition("/")[2]
    default = f"{app}/default-client-scopes"
    assert world.call("PUT", f"{default}/{scope_id}", helper, json={"realm": "demo"}).status_code == 204
    assert [told["name"] for told in world.call("GET", default, helper).json()] == ["orders"]
    assert claims(world, "openid")["orders"] == "all"
    assert world.call("DELETE", f"{app}/optional-client-scopes/{scope_id}", helper).status_code == 404
    assert world.call("PUT", f"{app}/optional-client-scopes/{scope_id}", helper).status_code == 204
    assert "orders" not in claims(world, "openid")

    models = f"{scope}/protocol-mappers/models"
    (told,) = world.call("GET", models, helper).json()
    assert world.call("GET", f"{scope}/protocol-mappers/protocol/openid-connect", helper).json() == [told]
    assert world.call("GET", f"{scope}/protocol-mappers/protocol/saml", helper).status_code == 404
    changed = {"config": {**told["config"], "claim.value": "some"}}
    assert world.call("PUT", f"{models}/{told['id']}", helper, json=changed).status_code == 204
    assert claims(world, "openid orders")["orders"] == "some"
    assert world.call("DELETE", f"{models}/{told['id']}", helper).status_code == 204
    assert "orders" not in claims(world, "openid orders")
    assert [event.details["resource"] for event in world.events("admin:client-scope:change")] == [
        f"client-scopes/{scope_id}"
    ] * 2


def test_clients_follow_a_scope_that_is_renamed_or_deleted(world: World, helper: str) -> None:
    """Those that have it, and no others with a name like it."""
    scope = add_scope(world, helper)
    add_scope(world, helper, "orders.read")
    app = add_app(world, helper, defaultClientScopes=["orders"], optionalClientScopes=["orders.read"])
    assert world.call("PUT", scope, helper, json={"name": "purchases"}).status_code == 204
    assert (row(world, app).scope, row(world, app).default_scope) == ("openid orders.read purchases", "purchases")
    assert claims(world, "openid")["orders"] == "all"
    assert world.call("PUT", scope, helper, json={"name": "orders.read"}).status_code == 409
    assert world.call("DELETE", scope, helper).status_code == 204
    assert (row(world, app).scope, row(world, app).default_scope) == ("openid orders.read", "")
    assert "orders" not in claims(world, "openid purchases")
    assert world.call("GET", scope, helper).status_code == 404


def test_new_clients_get_what_the_realm_assigns(world: World, helper: str) -> None:
    with world.transaction() as session:
        make_built_in_scopes(session, world.realm_id("demo"))
    scope = add_scope(world, helper).rpartition("/")[2]
    before = make(world, helper, clientId="before")
    assert world.call("PUT", f"/realms/demo/default-default-client-scopes/{scope}", helper).status_code == 204
    told = world.call("GET", make(world, helper, clientId="after"), helper).json()
    assert told["defaultClientScopes"] == ["orders"]
    assert told["optionalClientScopes"] == ["address", "email", "offline_access", "phone", "profile", "x509"]
    assert world.call("GET", before, helper).json()["defaultClientScopes"] == []
    assert world.call("PUT", f"/realms/demo/default-optional-client-scopes/{scope}", helper).status_code == 204
    assert world.call("GET", "/realms/demo/default-default-client-scopes", helper).json() == []
    assert world.call("DELETE", f"/realms/demo/default-default-client-scopes/{scope}", helper).status_code == 404
    assert world.call("DELETE", f"/realms/demo/default-optional-client-scopes/{scope}", helper).status_code == 204


def test_what_does_not_fit_is_named(world: World, helper: str, admin: str) -> None:
    with world.transaction() as session:
        make_built_in_scopes(session, world.realm_id("demo"))
    for body, field in (
        ({}, "name"), ({"name": "openid"}, "name"), ({"name": "a b"}, "name"), ({"name": "x" * 10_000}, "name"),
        ({"name": "x", "description": "y" * 10_000}, "description"), ({"name": "x", "protocol": "saml"}, "protocol"),
        ({"name": "x", "attributes": {"y": "z" * 10_000}}, "attributes"),
        ({"name": "x", "protocolMappers": [{"name": "y", "protocolMapper": "z"}]}, "protocolMappers"),
    ):  # fmt: skip
        response = world.call("POST", SCOPES, helper, json=body)
        assert response.status_code == 400, response.text
        assert [problem["field"] for problem in response.json()["errors"]] == [field], response.text
    email = next(scope for scope in world.call("GET", SCOPES, helper).json() if scope["name"] == "email")
    path = f"{SCOPES}/{email['id']}"
    assert world.call("PUT", path, admin, json={"name": "post"}).status_code == 400
    assert world.call("DELETE", path, admin).status_code == 400
    path = add_scope(world, helper)
    seen = world.call("GET", path, helper).headers["etag"]
    for number, status in enumerate((204, 412)):
        body = {"description": f"Number {number}"}
        assert world.call("PUT", path, helper, json=body, headers={"if-match": seen}).status_code == status


def test_scopes_of_another_realm_are_not_there(world: World, helper: str, admin: str) -> None:
    scope = add_scope(world, helper).rpartition("/")[2]
    app = world.add_client("other", "app")
    for method, path in (
        ("GET", f"client-scopes/{scope}"), ("PUT", f"client-scopes/{scope}"), ("DELETE", f"client-scopes/{scope}"),
        ("GET", f"client-scopes/{scope}/protocol-mappers/models"), ("PUT", f"default-default-client-scopes/{scope}"),
        ("PUT", f"clients/{app}/default-client-scopes/{scope}"), ("DELETE", f"clients/{app}/default-client-scopes/{scope}"),
    ):  # fmt: skip
        assert world.call(method, f"/realms/other/{path}", admin, json={}).status_code == 404, path
    world.add_person("demo", "viewer", "view-clients")
    viewer = world.sign_in("demo", "viewer")
    assert world.call("GET", SCOPES, viewer).status_code == 200
    assert world.call("POST", SCOPES, viewer, json={"name": "x"}).status_code == 403


def test_scope_is_given_to_no_client_with_more_power(world: World, helper: str) -> None:
    scope = add_scope(world, helper).rpartition("/")[2]
    world.add_robot("demo", "robot", "manage-users")
    (robot,) = world.call("GET", "/realms/demo/clients?clientId=robot", helper).json()
    path = f"/realms/demo/clients/{robot['id']}/default-client-scopes/{scope}"
    assert world.call("PUT", path, helper).status_code == 403


@pytest.mark.every_database
def test_scopes_that_are_made_at_once_are_all_published(world: World, helper: str) -> None:
    """All stand in one row: nobody overwrites the others."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: add_scope(world, helper, f"scope-{number}"), range(4)))
    with world.transaction() as session:
        realm = session.get_one(Realm, world.realm_id("demo"))
        assert sorted(realm.scope_mappers) == [f"scope-{number}" for number in range(4)]


def test_token_costs_no_statement_more(world: World, helper: str) -> None:
    """With twenty scopes and their mappers as without, when nothing is cached."""
    add_app(world, helper, optionalClientScopes=[])
    counts = []
    for wanted in ([], [f"scope-{number}" for number in range(20)]):
        for name in wanted:
            add_scope(world, helper, name)
        (app,) = world.call("GET", "/realms/demo/clients?clientId=app", helper).json()
        body = {"defaultClientScopes": wanted}
        assert world.call("PUT", f"/realms/demo/clients/{app['id']}", helper, json=body).status_code == 204
        world.forget()
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any, seen: list[str] = seen) -> None:
            seen.append(statement)

        engine = world.services.database.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            assert len([name for name in claims(world, "openid") if name.startswith("scope-")]) == len(wanted)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0


def test_what_every_request_reads_stays_small(world: World, helper: str) -> None:
    scope = add_scope(world, helper)
    config = {"claim.name": "x", "claim.value": "y"} | {f"more.{number}": "z" * 2048 for number in range(25)}
    mappers = [{"name": "big", "protocolMapper": "oidc-hardcoded-claim-mapper", "config": config}]
    statuses = [
        world.call("POST", SCOPES, helper, json={"name": f"big-{number}", "protocolMappers": mappers}).status_code
        for number in range(6)
    ]
    assert statuses == [201] * 5 + [409]
    app = make(world, helper, optionalClientScopes=["orders"], attributes={})
    many = [f"scope-{number}-{'x' * 200}" for number in range(9)]
    with world.transaction() as session:
        client = session.get_one(Client, app.rpartition("/")[2])
        client.scope = " ".join((client.scope, *many))
    assert world.call("PUT", scope, helper, json={"name": "y" * 255}).status_code == 409
    assert row(world, app).scope.split()[1] == "orders"


@pytest.mark.parametrize("holder", ["admin-cli", "security-admin-console", "robot"])
def test_scope_of_a_client_with_more_power_is_left_alone(world: World, helper: str, holder: str) -> None:
    """Its mappers would say in that client's tokens what its own may not."""
    scope = add_scope(world, helper)
    if holder == "robot":
        world.add_robot("demo", "robot", "manage-users")
    with world.transaction() as session:
        client = session.query(Client).filter_by(realm_id=world.realm_id("demo"), client_id=holder).one_or_none()
        if client is None:
            client = session.get_one(Client, world.add_client("demo", holder))
        client.scope += " orders"
    mapper = {"name": "x", "protocolMapper": "oidc-hardcoded-claim-mapper", "config": {"claim.name": "realm_access"}}
    for method, path, body in (
        ("POST", f"{scope}/protocol-mappers/models", mapper),
        ("POST", f"{scope}/protocol-mappers/add-models", [mapper]),
        ("PUT", scope, {"protocolMappers": [mapper]}),
        ("PUT", scope, {"name": "other"}),
        ("DELETE", scope, None),
    ):
        assert world.call(method, path, helper, json=body).status_code == 403, (method, path)


@pytest.mark.every_database
def test_renamed_scope_keeps_what_somebody_changes_meanwhile(world: World) -> None:
    with world.transaction() as session:
        create_client_scope(session, session.get_one(Realm, world.realm_id("demo")), {"name": "pay"})
    client_id = world.add_client("demo", "app", scope="openid pay")
    changing, done = threading.Event(), threading.Event()

    def change() -> None:
        with world.transaction() as session:
            session.execute(update(Client).where(Client.id == client_id).values(enabled=Client.enabled))
            client = session.get_one(Client, client_id)
            changing.set()
            done.wait(1)  # the other one is waiting by then, or else comes later: both are well
            client.scope += " email"

    with ThreadPoolExecutor() as pool:
        changed = pool.submit(change)
        changing.wait()
        with world.transaction() as session:
            realm = session.get_one(Realm, world.realm_id("demo"))
            scope = session.query(ClientScope).filter_by(realm_id=realm.id, name="pay").one()
            change_client_scope(session, realm, scope, {"name": "payments"})
        done.set()
        changed.result()
    with world.transaction() as session:
        assert session.get_one(Client, client_id).scope == "openid payments email"
