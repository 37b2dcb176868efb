"""What tokens say: the preview for a person, mappers one by one, scopes; and tokens with which applications register themselves."""

import html
import json
import re
from typing import Any

import pytest
from sqlalchemy import select

from idp.clients.clients import get_client
from idp.clients.mappers import REALM_ROLE
from idp.models import Client, Role
from idp.realms.realms import get_realm
from idp.users.role_mappings import give_roles, parts_of_role
from idp.users.users import get_user_by_username
from tests.admin.console.people import Desk, token_of
from tests.provider import Browser, Page

ATTRIBUTE = "oidc-usermodel-attribute-mapper"
HARD_CODED = "oidc-hardcoded-claim-mapper"


@pytest.fixture(scope="module")
def root(desk: Desk) -> Browser:
    return desk.sign_in()


def client(desk: Desk, client_id: str = "app") -> Client:
    with desk.provider.services.database.transaction() as session:
        row = get_client(session, get_realm(session, "demo").id, client_id)
        session.expunge(row)
        return row


def page_of(desk: Desk, below: str, *, home: str = "master") -> str:
    return desk.address(f"clients/{client(desk).id}/{below}", home=home)


def documents(page: Page) -> dict[str, Any]:
    """The JSON documents of the preview by the ids of their frames."""
    found = re.findall(r'<pre id="(\w+)"[^>]*>(.*?)</pre>', page.html, re.S)
    return {name: json.loads(html.unescape(text)) for name, text in found}


def test_preview_shows_three_documents_side_by_side(desk: Desk, root: Browser) -> None:
    shown = documents(root.get(page_of(desk, "preview?person=alice&scope=openid+email+admin&acr=2")))

    assert shown.keys() == {"access_token", "id_token", "userinfo"}
    assert shown["id_token"]["acr"] == "2"
    assert shown["id_token"]["aud"] == "app"
    assert shown["userinfo"]["email"] == "alice@example.org"
    assert shown["access_token"]["scope"] == "openid email"
    assert shown["access_token"]["sub"] == desk.provider.user("alice").id


def test_preview_without_openid_or_person(desk: Desk, root: Browser) -> None:
    assert documents(root.get(page_of(desk, "preview?person=alice&scope=email"))).keys() == {"access_token"}
    assert "Nobody is called that" in root.get(page_of(desk, "preview?person=root")).text
    assert root.get(page_of(desk, f"preview?person={'a' * 10_000}&scope={'b' * 10_000}&acr=9")).status == 200


def test_preview_takes_the_role_to_view_people(desk: Desk) -> None:
    desk.hire("vito", home="demo", roles=["view-clients"])
    page = desk.sign_in("vito", home="demo").get(page_of(desk, "preview?person=alice", home="demo"))

    assert page.status == 403
    assert "view-users" in page.text
    assert "alice@example.org" not in page.html


def test_mapper_is_added_changed_and_removed(desk: Desk, root: Browser) -> None:
    root.get(page_of(desk, f"mappers/edit?kind={HARD_CODED}"))
    page = root.press(
        "Save Changes", **{"name": "tier", "claim.name": "plan.tier", "claim.value": "<b>7", "jsonType.label": "String"}
    )
    assert "Saved." in page.text
    shown = documents(root.get(page_of(desk, "preview?person=alice")))
    assert shown["id_token"]["plan"] == {"tier": "<b>7"}
    told = desk.events("admin:client:change")[-1].details["after"]["mappers"][0]
    assert (told["name"], told["config"]["id.token.claim"]) == ("tier", "true")

    root.get(page_of(desk, "mappers/edit?name=tier"))
    root.press("Save Changes", **{"claim.value": "8", "jsonType.label": "int", "id.token.claim": None})
    shown = documents(root.get(page_of(desk, "preview?person=alice")))
    assert "plan" not in shown["id_token"]
    assert shown["userinfo"]["plan"] == {"tier": 8}

    root.get(page_of(desk, "mappers/edit?name=tier"))
    assert "Removed" in root.press("Remove", remove="yes").text
    assert client(desk).mappers == []
    assert root.get(page_of(desk, "mappers/edit?name=tier")).status == 404


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"name": "x", "claim.name": "sub", "claim.value": "root"}, "cannot be set by a mapper"),
        ({"name": "", "claim.name": "c", "claim.value": "v"}, "needs a name"),
        ({"name": "x", "claim.name": "c", "claim.value": ""}, "claim.value is missing"),
        ({"name": "x", "claim.name": "c", "claim.value": "v" * 10_000}, "at most 2048"),
        ({"name": "x", "claim.name": "c", "claim.value": "v", "jsonType.label": "script"}, "jsonType.label is one of"),
    ],
)
def test_mapper_that_cannot_be_is_refused(desk: Desk, root: Browser, fields: dict[str, str], text: str) -> None:
    root.get(page_of(desk, f"mappers/edit?kind={HARD_CODED}"))
    page = root.press("Save Changes", **fields)

    assert page.status == 422
    assert text in page.text
    assert client(desk).mappers == []


def test_mapper_of_no_kind_is_none(desk: Desk, root: Browser) -> None:
    token = token_of(root.get(page_of(desk, f"mappers/edit?kind={ATTRIBUTE}")))

    assert root.get(page_of(desk, "mappers/edit?kind=oidc-script-based-protocol-mapper")).status == 404
    fields = {"csrf_token": token, "name": "x", "kind": "oidc-script-based-protocol-mapper"}
    assert root.post(page_of(desk, "mappers/edit"), fields).status == 404
    assert client(desk).mappers == []


def test_two_people_do_not_overwrite_a_mapper(desk: Desk, root: Browser) -> None:
    other = desk.sign_in()
    root.get(page_of(desk, f"mappers/edit?kind={ATTRIBUTE}"))
    root.press("Save Changes", **{"name": "shared", "claim.name": "c", "user.attribute": "a"})
    for browser in (root, other):
        browser.get(page_of(desk, "mappers/edit?name=shared"))
    root.press("Save Changes", **{"user.attribute": "b"})
    page = other.press("Save Changes", **{"user.attribute": "c"})

    assert "somebody else has changed" in page.text
    assert client(desk).mappers[0]["config"]["user.attribute"] == "b"
    other.get(page_of(desk, "mappers/edit?name=shared"))
    other.press("Remove", remove="yes")


def test_scopes_page_names_their_claims(desk: Desk, root: Browser) -> None:
    page = root.get(desk.address("scopes"))

    assert "preferred_username" in page.text
    assert "x509_subject" in page.text


def test_initial_token_is_shown_once_and_deleted(desk: Desk, root: Browser) -> None:
    root.get(desk.address("registration-tokens"))
    page = root.press("Make a token", count="3", days="2")
    text = re.search(r'<code id="initial-token">([^<]+)<', page.html)
    assert text is not None
    event = desk.events("admin:initial-access-token:create")[-1]
    assert (event.details["count"], event.details["days"]) == (3, 2)
    assert text[1] not in str(event.details)
    page = root.get(desk.address("registration-tokens"))
    assert text[1] not in page.html
    token_id = event.details["token_id"]
    token = token_of(page)

    elsewhere = root.post(
        desk.address("registration-tokens", managed="master"), {"csrf_token": token, "delete": token_id}
    )
    assert elsewhere.status == 404
    assert token_id in root.get(desk.address("registration-tokens")).html
    page = root.post(desk.address("registration-tokens"), {"csrf_token": token, "delete": token_id})
    assert "The token is deleted" in page.text
    assert token_id not in root.get(desk.address("registration-tokens")).html


@pytest.mark.parametrize(
    ("count", "days"), [("0", "1"), ("1", "366"), ("x", "-1"), ("1" * 10_000, "9" * 10_000), ("", "")]
)
def test_initial_token_has_limits(desk: Desk, root: Browser, count: str, days: str) -> None:
    root.get(desk.address("registration-tokens"))
    page = root.press("Make a token", count=count, days=days)

    assert page.status == 422
    assert "Use a whole number" in page.text
    assert 'id="initial-token"' not in page.html


def test_roles_are_brought_into_scope_and_taken_out(desk: Desk, root: Browser) -> None:
    """The preview follows; what is not there, or of another realm, is refused."""
    with desk.provider.services.database.transaction() as session:
        realms = {name: get_realm(session, name).id for name in ("demo", "master")}
        app = client(desk)
        roles = {name: Role(realm_id=realms["demo"], name=name) for name in ("scoped-boss", "scoped-clerk")}
        roles["own"] = Role(realm_id=realms["demo"], client_id=app.id, name="scoped-own")
        session.add_all(roles.values())
        session.flush()
        ids = {name: role.id for name, role in roles.items()}
        parts_of_role(ids["scoped-boss"]).add(session, [ids["scoped-clerk"]])
        alice = get_user_by_username(session, realms["demo"], "alice")
        give_roles(session, alice.id, [ids["scoped-boss"]])
        foreign = session.scalars(select(Role.id).where(Role.realm_id == realms["master"])).first()
        row = session.get_one(Client, app.id)
        config = {"claim.name": "roles", "access.token.claim": "true"}
        row.mappers = [{"name": "roles", "protocolMapper": REALM_ROLE, "config": config}]

    def told() -> list[str]:
        names = documents(root.get(page_of(desk, "preview?person=alice")))["access_token"].get("roles", [])
        return [name for name in names if name.startswith("scoped-")]

    assert {"scoped-boss", "scoped-clerk"} <= set(told())

    page = root.get(page_of(desk, "role-scope"))
    assert "makes no difference" in page.text
    assert "Saved." in root.press("Tell only roles in scope", full="no").text
    assert client(desk).full_scope_allowed is False
    assert told() == []
    page = root.get(page_of(desk, "role-scope?search=SCOPED"))
    assert "scoped-own" in page.text
    token = token_of(page)
    added = root.post(page_of(desk, "role-scope"), {"csrf_token": token, "add": ids["scoped-boss"]})
    assert "In scope from now on." in added.text
    root.post(page_of(desk, "role-scope"), {"csrf_token": token, "add": ids["scoped-boss"]})
    page = root.get(page_of(desk, "role-scope?search=scoped"))
    assert ("No other role is called that." in page.text, "part of another" in page.text) == (True, True)
    assert told() == ["scoped-boss", "scoped-clerk"]
    assert desk.events("admin:scope-mapping:add")[-1].details["after"] == {"roles": ["scoped-boss"]}
    for fields in ({"add": foreign}, {"remove": foreign}, {"add": "x" * 5000}, {}):
        assert root.post(page_of(desk, "role-scope"), {"csrf_token": token, **fields}).status == 404
    root.post(page_of(desk, "role-scope"), {"csrf_token": token, "remove": ids["scoped-boss"]})
    assert told() == []
    root.post(page_of(desk, "role-scope"), {"csrf_token": token, "full": "yes"})
    assert client(desk).full_scope_allowed is True


def test_roles_in_scope_are_shown_to_who_views_and_changed_by_who_manages(desk: Desk) -> None:
    desk.hire("vera", home="demo", roles=["view-clients"])
    vera = desk.sign_in("vera", home="demo")
    page = vera.get(page_of(desk, "role-scope?search=a", home="demo"))
    assert (page.status, "Bring a role into scope" in page.text) == (200, False)
    fields = {"csrf_token": token_of(page), "full": "no"}
    assert vera.post(page_of(desk, "role-scope", home="demo"), fields).status == 403
    assert client(desk).full_scope_allowed is True
