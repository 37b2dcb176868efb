"""Client scopes in the console: made, given to applications, and changed by nobody who could gain by it."""

import pytest
from sqlalchemy import select

from idp.clients.client_scopes import create_client_scope
from idp.models import Client, ClientScope
from idp.realms.realms import get_realm
from idp.users.management_roles import get_permission
from idp.users.role_mappings import give_roles
from idp.users.service_accounts import ensure_service_account
from tests.admin.console.people import Desk, token_of
from tests.provider import Browser, Page

ATTRIBUTE = "oidc-usermodel-attribute-mapper"


@pytest.fixture(scope="module")
def root(desk: Desk) -> Browser:
    return desk.sign_in()


@pytest.fixture(scope="module")
def clara(desk: Desk) -> Browser:
    """Manages applications, and nothing else."""
    desk.hire("clara", home="demo", roles=["manage-clients"])
    return desk.sign_in("clara", home="demo")


def plant(desk: Desk, name: str, *, realm: str = "demo") -> str:
    with desk.provider.services.database.transaction() as session:
        return create_client_scope(session, get_realm(session, realm), {"name": name}).id


def find(desk: Desk, name: str) -> ClientScope | None:
    with desk.provider.services.database.transaction() as session:
        found = select(ClientScope).where(
            ClientScope.name == name, ClientScope.realm_id == get_realm(session, "demo").id
        )
        row = session.scalars(found).one_or_none()
        session.expunge_all()
        return row


def app(desk: Desk, client_id: str = "app") -> Client:
    with desk.provider.services.database.transaction() as session:
        realm_id = get_realm(session, "demo").id
        row = session.scalars(select(Client).where(Client.client_id == client_id, Client.realm_id == realm_id)).one()
        session.expunge_all()
        return row


def send(desk: Desk, browser: Browser, path: str, *, home: str = "master", **fields: str) -> Page:
    """Send a form with a token of the page before, whether that has the button or not."""
    page = browser.post(desk.address(path, home=home), {"csrf_token": token_of(browser.page), **fields})
    browser.get(desk.address("scopes/new", home=home))
    return page


def test_scope_is_made_given_renamed_and_deleted(desk: Desk, root: Browser) -> None:
    root.get(desk.address("scopes/new"))
    page = root.press("Create", name="orders:read", description="Reads orders", assignment="optional")
    scope = find(desk, "orders:read")
    assert scope is not None
    assert (page.title, scope.assignment) == ("orders:read", "optional")
    assert desk.events("admin:client-scope:create")[-1].details["after"]["description"] == "Reads orders"

    client = app(desk)
    root.get(desk.address(f"clients/{client.id}/scopes"))
    assert "Give by default orders:read" in root.page.text
    send(desk, root, f"clients/{client.id}/scopes", assign=f"{scope.id}:default")
    assert "orders:read" in app(desk).default_scope.split()
    send(desk, root, f"clients/{client.id}/scopes", assign=f"{scope.id}:optional")
    assert "orders:read" in app(desk).scope.split()
    assert "orders:read" not in app(desk).default_scope.split()
    before = desk.events("admin:client:change")[-1].details["before"]
    assert "orders:read" in before["default_scope"]

    root.get(desk.address(f"scopes/{scope.id}"))
    root.press("Save Changes", name="orders:look")
    assert "orders:look" in app(desk).scope.split()
    root.get(desk.address(f"scopes/{scope.id}/delete"))
    assert "One application has it: app" in root.page.text
    assert root.press("Delete", confirmation="orders").status == 422
    assert root.press("Delete", confirmation="orders:look").title == "Scopes"
    assert "orders:look" not in app(desk).scope.split()
    assert find(desk, "orders:look") is None


def test_scopes_of_an_application_can_be_taken_away(desk: Desk, root: Browser) -> None:
    scope_id, client = plant(desk, "short"), app(desk)
    root.get(desk.address("scopes/new"))
    before = client.scope.split()
    send(desk, root, f"clients/{client.id}/scopes", assign=f"{scope_id}:default")
    send(desk, root, f"clients/{client.id}/scopes", assign=f"{scope_id}:")
    assert app(desk).scope.split() == before
    assert "nothing to change" in send(desk, root, f"clients/{client.id}/scopes", assign=f"{scope_id}:").text
    assert send(desk, root, f"clients/{client.id}/scopes", assign=f"{scope_id}:always").status == 404


def test_mappers_have_the_same_form_as_those_of_applications(desk: Desk, root: Browser) -> None:
    scope_id = plant(desk, "teams")
    root.get(desk.address(f"scopes/{scope_id}/mappers"))
    root.get(desk.address(f"scopes/{scope_id}/mappers/edit?kind={ATTRIBUTE}"))
    assert root.press("Save Changes", name="team").status == 422
    page = root.press("Save Changes", name="team", **{"user.attribute": "team", "claim.name": "team"})
    assert "Saved." in page.text
    scope = find(desk, "teams")
    assert scope is not None
    assert scope.mappers[0]["config"]["claim.name"] == "team"
    assert desk.realm().scope_mappers["teams"] == scope.mappers

    other = desk.sign_in()
    for browser in (root, other):
        browser.get(desk.address(f"scopes/{scope_id}/mappers/edit?name=team"))
    root.press("Save Changes", **{"claim.name": "crew"})
    assert "somebody else has changed or removed it" in other.press("Save Changes", **{"claim.name": "gang"}).text
    root.get(desk.address(f"scopes/{scope_id}/mappers/edit?name=team"))
    assert "Removed" in root.press("Remove", remove="yes").text
    assert "teams" not in desk.realm().scope_mappers
    assert len(desk.events("admin:client-scope:change")) >= 3


def test_editing_a_mapper_keeps_its_id(desk: Desk, root: Browser) -> None:
    """The REST API's addresses have it."""
    mapper = {"id": "known-id", "name": "n", "protocolMapper": ATTRIBUTE}
    config = {"user.attribute": "a", "claim.name": "b", "id.token.claim": "true"}
    with desk.provider.services.database.transaction() as session:
        wanted = {"name": "with-id", "mappers": [{**mapper, "config": config}]}
        scope_id = create_client_scope(session, get_realm(session, "demo"), wanted).id
    root.get(desk.address(f"scopes/{scope_id}/mappers/edit?name=n"))
    root.press("Save Changes", **{"claim.name": "c"})
    scope = find(desk, "with-id")

    assert scope is not None
    assert (scope.mappers[0]["id"], scope.mappers[0]["config"]["claim.name"]) == ("known-id", "c")


def test_two_administrators_do_not_overwrite_each_other(desk: Desk, root: Browser) -> None:
    scope_id = plant(desk, "contended")
    other = desk.contend(root, f"scopes/{scope_id}", "description")

    assert other.page.status == 409
    assert "set this to “mine”" in other.page.text
    assert "Saved." in other.press("Save Changes").text


def test_what_cannot_be_is_said_beside_the_field(desk: Desk, root: Browser) -> None:
    plant(desk, "there-already")
    root.get(desk.address("scopes/new"))
    for name in ("openid", "", "two words", "x" * 10_000):
        assert root.press("Create", name=name).status == 422
    assert "one of that name already" in root.press("Create", name="there-already").text
    assert root.press("Create", name="fine", assignment="always").status == 422
    assert find(desk, "fine") is None


def test_what_is_built_in_keeps_its_name_and_stays(desk: Desk, root: Browser) -> None:
    scope = find(desk, "email")
    assert scope is not None
    assert "What is built in keeps its name." in root.get(desk.address(f"scopes/{scope.id}")).text
    assert "Delete…" not in root.page.text
    assert send(desk, root, f"scopes/{scope.id}", name="mail").status == 422
    assert send(desk, root, f"scopes/{scope.id}/delete", confirmation="email").status == 403
    assert find(desk, "email") is not None


def test_scope_of_a_stronger_application_is_not_changed_by_lesser_ones(
    desk: Desk, root: Browser, clara: Browser
) -> None:
    """It writes into tokens of that application, which are permissions."""
    services = desk.provider.services
    with services.database.transaction() as session:
        realm = get_realm(session, "demo")
        robot = Client(realm_id=realm.id, client_id="robot", scope="shared", created_at=services.clock.now())
        session.add(robot)
        session.flush()
        account = ensure_service_account(session, services.passwords, services.clock, robot)
        give_roles(session, account.id, [get_permission(session, realm, "realm-admin")])
        robot_id = robot.id
    shared = plant(desk, "shared")
    page = clara.get(desk.address(f"scopes/{shared}", home="demo"))
    assert "may do more than you" in page.text
    assert "Save Changes" not in page.text
    clara.get(desk.address("scopes/new", home="demo"))
    for path, fields in (
        (f"scopes/{shared}", {"name": "mine"}),
        (f"scopes/{shared}/delete", {"confirmation": "shared"}),
        (f"scopes/{shared}/mappers/edit", {"kind": ATTRIBUTE, "name": "x"}),
        (f"clients/{robot_id}/scopes", {"assign": f"{shared}:default"}),
    ):
        assert (path, send(desk, clara, path, home="demo", **fields).status) == (path, 403)
    scope = find(desk, "shared")
    assert scope is not None
    assert scope.mappers == []
    assert app(desk, "robot").default_scope == ""
    root.get(desk.address(f"scopes/{shared}"))
    assert "Saved." in root.press("Save Changes", description="Root may").text


def test_ids_of_other_realms_lead_nowhere(desk: Desk, root: Browser) -> None:
    foreign, client = plant(desk, "abroad", realm="master"), app(desk)
    root.get(desk.address("scopes/new"))
    for path, fields in (
        (f"scopes/{foreign}", {"name": "x"}),
        (f"scopes/{foreign}/delete", {"confirmation": "abroad"}),
        (f"scopes/{foreign}/mappers/edit", {"kind": ATTRIBUTE}),
        (f"clients/{client.id}/scopes", {"assign": f"{foreign}:default"}),
        (f"clients/{client.id}/scopes", {}),
    ):
        assert send(desk, root, path, **fields).status == 404, path
    assert root.get(desk.address(f"scopes/{foreign}/mappers")).status == 404
