"""What tokens say: the preview for a person, mappers one by one, scopes; and tokens with which applications register themselves."""

import html
import json
import re
from typing import Any

import pytest

from idp.clients.clients import get_client
from idp.models import Client
from idp.realms.realms import get_realm
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
