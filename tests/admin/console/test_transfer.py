"""A file with parts of a realm: looked at, taken in once, reported; and the realm as a file."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from idp.admin.importing import LARGEST
from idp.clients.clients import create_client, find_client
from idp.models import Client, User
from idp.users.management_roles import MANAGEMENT_ROLES, REALM_ADMIN
from tests.admin.console.people import HOSTILE_CELL, PASSWORD, Desk, token_of
from tests.crowd import all_at_once
from tests.provider import PUBLIC, Browser, Page

FILE: dict[str, Any] = {
    "realm": "elsewhere",
    "displayName": "Elsewhere",
    "identityProviders": [{"alias": "github"}],
    "users": [
        {"username": "ida", "email": "ida@file.example", "enabled": True, "credentials": [{"type": "password", "value": "ida's own password"}]},
        {"username": "two words"},
        {"username": "alice", "firstName": "Overwritten"},
    ],
    "clients": [{"clientId": "filed", "redirectUris": ["https://filed.example/"], "secret": "a-secret-of-the-file"}],
    "roles": {"realm": [{"name": HOSTILE_CELL}]},
}  # fmt: skip


@pytest.fixture(scope="module")
def root(desk: Desk) -> Browser:
    return desk.sign_in()


def send(desk: Desk, browser: Browser, content: bytes, *, way: str = "skip", home: str = "master") -> Page:
    """Send the file as a browser does, and return the page that it leads to."""
    address = desk.address("transfer", home=home)
    token = token_of(browser.get(address))
    response = browser.client.post(
        PUBLIC + address,
        data={"csrf_token": token, "way": way},
        files={"file": ("realm.json", content, "application/json")},
    )
    if response.status_code != 303:
        return Page(str(response.url), response.status_code, response.text, response.headers)
    return browser.get(response.headers["location"])


def names(desk: Desk, table: Any, column: Any) -> list[str]:
    with desk.provider.services.database.transaction() as session:
        return [name for (name,) in session.query(column).filter(table.realm_id == desk.realm().id)]


def kept_file(desk: Desk, page: Page, owner: str = "root") -> str | None:
    """Return what the store holds of the file that led to the page."""
    token = page.url.rpartition("/")[2]
    return desk.provider.services.ephemeral.get(
        "console-transfer", f"{desk.realm().id}:{desk.provider.user(owner).id}:{token}"
    )


def test_file_is_looked_at_and_then_taken_in_once(desk: Desk, root: Browser) -> None:
    preview = send(desk, root, json.dumps(FILE).encode())

    assert "Nothing has happened yet" in preview.text
    assert "One object would fail" in preview.text
    assert preview.text.index("two words") < preview.text.index("identityProviders") < preview.text.index("ida")
    assert "its settings stay as they are" in preview.text
    assert "ida" not in names(desk, User, User.username)
    assert "filed" not in names(desk, Client, Client.client_id)
    kept = kept_file(desk, preview)
    assert kept is not None
    assert b"a-secret-of-the-file" not in base64.b64decode(kept)

    fields, address = {"csrf_token": token_of(preview)}, preview.url
    done = root.press("Import now")
    assert "Done, but one object failed" in done.text
    assert {"ida", "alice"} <= set(names(desk, User, User.username))
    assert "filed" in names(desk, Client, Client.client_id)
    assert desk.provider.user("alice").given_name != "Overwritten"
    event = desk.events("admin:realm:import")[-1]
    assert (event.details["taken"], event.details["failed"], event.details["by"]["username"]) == (3, 1, "root")
    assert desk.events("admin:user:create")[-1].user_id == desk.provider.user("ida").id

    again = root.post(address, fields)
    assert "Done, but one object failed" in again.text
    assert len([event for event in desk.events("admin:realm:import") if event.details["taken"] == 3]) == 1
    report = root.get(f"{address}/report")
    assert report.headers["content-type"].startswith("text/csv")
    assert "failed,user,two words" in report.html
    assert f"taken,role,'{HOSTILE_CELL}," in report.html.replace('"', "").replace(
        HOSTILE_CELL.replace('"', ""), HOSTILE_CELL
    )
    assert kept_file(desk, preview) is None
    for page in (preview, done, report):
        assert "a-secret-of-the-file" not in page.html
        assert "ida's own password" not in page.html


def test_two_who_press_at_once_take_it_in_once(desk: Desk, root: Browser) -> None:
    preview = send(desk, root, json.dumps({"roles": {"realm": [{"name": "at-once"}]}}).encode())
    fields = {"csrf_token": token_of(preview)}
    before = len(desk.events("admin:realm:import"))

    results = all_at_once(lambda _: root.client.post(preview.url, data=fields).status_code, 4)

    assert set(results) == {303}
    assert len(desk.events("admin:realm:import")) == before + 1


def test_what_is_there_is_overwritten_where_that_is_chosen(desk: Desk, root: Browser) -> None:
    before = desk.provider.user("alice")
    people = {"users": [{"username": "alice", "email": before.email, "enabled": True, "lastName": "Filed"}]}
    preview = send(desk, root, json.dumps(people).encode(), way="overwrite")
    assert "overwritten" in preview.text
    root.press("Import now")

    alice = desk.provider.user("alice")
    assert (alice.id, alice.family_name, alice.password_hash) == (before.id, "Filed", before.password_hash)
    assert desk.events("admin:user:change")[-1].user_id == alice.id


@pytest.mark.parametrize(
    ("content", "way", "text"),
    [
        (b"", "skip", "The file cannot be taken"),
        (b"{", "skip", "this is not JSON to the end"),
        (b"[]", "skip", "does not begin with an object"),
        (b'{"roles": {}, "roles": {}}', "skip", "occurs twice"),
        (b"{}", "destroy", "Choose what is to become"),
        (b"{}" + b" " * LARGEST, "skip", "too large"),
    ],
)
def test_file_that_cannot_be_read_is_told(desk: Desk, root: Browser, content: bytes, way: str, text: str) -> None:
    page = send(desk, root, content, way=way)

    assert (page.status, text in page.text) == (422, True), page.text


def test_file_beyond_the_limit_is_not_even_read(desk: Desk, root: Browser) -> None:
    assert send(desk, root, b" " * (2 * LARGEST)).status == 413


def test_file_of_one_administrator_is_no_others(desk: Desk, root: Browser) -> None:
    preview = send(desk, root, b'{"roles": {"realm": [{"name": "private"}]}}')
    desk.hire("second", home="master", roles=["admin"])
    other = desk.sign_in("second")

    assert other.get(preview.url).status == 404
    assert other.post(preview.url, {"csrf_token": token_of(other.get(desk.address("transfer")))}).status == 404
    assert "private" not in str(desk.events("admin:role:create"))


def test_whoever_lacks_a_permission_takes_in_nothing_that_gives_any(desk: Desk) -> None:
    """Though all the others are held; nor does a file that was looked at in better days count."""
    desk.hire(
        "lessie", home="demo", roles=[name for name in MANAGEMENT_ROLES if name not in {REALM_ADMIN, "impersonation"}]
    )
    lesser = desk.sign_in("lessie", home="demo")
    strong = {"users": [{"username": "puppet", "clientRoles": {"realm-management": [REALM_ADMIN]}}]}

    page = send(desk, lesser, json.dumps(strong).encode(), home="demo")
    assert (page.status, "You lack permissions" in page.text) == (403, True)
    assert "puppet" not in names(desk, User, User.username)
    preview = send(desk, lesser, b'{"roles": {"realm": [{"name": "harmless"}]}}', home="demo")
    assert "Nothing has happened yet" in preview.text
    assert "Done" in lesser.press("Import now").text

    desk.hire("fallen", home="demo", roles=[REALM_ADMIN, "manage-realm"])
    fallen = desk.sign_in("fallen", home="demo")
    send(desk, fallen, json.dumps(strong).encode(), home="demo")
    with desk.provider.services.database.transaction() as session:
        taken = "DELETE FROM role_of_user WHERE user_id = :id AND role_id IN (SELECT id FROM role WHERE name = 'realm-admin')"
        session.execute(text(taken), {"id": desk.provider.user("fallen").id})
    assert fallen.press("Import now").status == 403
    assert "puppet" not in names(desk, User, User.username)


def test_import_and_export_want_a_recent_sign_in(desk: Desk) -> None:
    browser = desk.sign_in()
    preview = send(desk, browser, b'{"roles": {"realm": [{"name": "late"}]}}')
    token = token_of(preview)
    desk.provider.clock.advance(timedelta(minutes=16))

    browser.post(desk.address("transfer/export"), {"csrf_token": token})
    assert browser.page.title.startswith("Sign in")
    browser.post(preview.url, {"csrf_token": token})
    page = browser.press("Sign in", username="root", password=PASSWORD)
    assert page.url == preview.url
    assert "Done" in browser.press("Import now").text


def test_realm_is_a_file_without_secrets(desk: Desk) -> None:
    browser = desk.sign_in()
    with desk.provider.services.database.transaction() as session:
        services, realm = desk.provider.services, desk.realm()
        if find_client(session, realm.id, "keeper") is None:
            create_client(
                session,
                services.cipher,
                services.clock,
                realm_id=realm.id,
                client_id="keeper",
                secret="kept-from-everybody",
            )
    fields = {"csrf_token": token_of(browser.get(desk.address("transfer")))}

    bare = json.loads(browser.post(desk.address("transfer/export"), fields).html)
    assert bare["realm"] == "demo"
    assert not {"clients", "users", "roles", "groups"} & set(bare)
    page = browser.post(
        desk.address("transfer/export"), {**fields, "clients": "yes", "groups_and_roles": "yes", "users": "yes"}
    )
    whole = json.loads(page.html)
    assert page.headers["content-disposition"] == 'attachment; filename="demo.json"'
    assert {"alice"} <= {user["username"] for user in whole["users"]}
    assert not any(user["credentials"] for user in whole["users"])
    assert "kept-from-everybody" not in page.html
    assert "$argon2" not in page.html
    event = desk.events("admin:realm:export")[-1]
    assert (event.details["users"], event.details["secrets"], event.details["by"]["username"]) == (True, False, "root")


def test_export_has_no_part_that_one_may_not_see(desk: Desk) -> None:
    desk.hire("setty", home="demo", roles=["manage-realm"])
    browser = desk.sign_in("setty", home="demo")
    fields = {"csrf_token": token_of(browser.get(desk.address("transfer", home="demo")))}

    address = desk.address("transfer/export", home="demo")
    assert browser.post(address, fields).status == 200
    for part in ("clients", "groups_and_roles", "users"):
        assert browser.post(address, {**fields, part: "yes"}).status == 403
