"""Applications: found, registered by kind, changed by two at once, and never by somebody who could gain by it."""

from datetime import timedelta

import pytest

from idp.admin.console.client_fields import ELSEWHERE, GROUPS
from idp.clients.clients import create_client, get_client
from idp.clients.metadata.document import MEMBERS
from idp.models import Client
from idp.realms.realms import get_realm
from idp.users.management_roles import get_permission
from idp.users.role_mappings import give_roles
from idp.users.service_accounts import ensure_service_account
from tests.admin.console.people import Desk, token_of
from tests.provider import Browser, Page


@pytest.fixture(scope="module")
def root(desk: Desk) -> Browser:
    return desk.sign_in()


@pytest.fixture(scope="module")
def clara(desk: Desk) -> Browser:
    """Manages applications, and nothing else."""
    desk.hire("clara", home="demo", roles=["manage-clients", "view-events"])
    return desk.sign_in("clara", home="demo")


def client(desk: Desk, client_id: str, realm: str = "demo") -> Client:
    with desk.provider.services.database.transaction() as session:
        row = get_client(session, get_realm(session, realm).id, client_id)
        session.expunge(row)
        return row


def plant(desk: Desk, *client_ids: str, secret: str | None = "planted-secret", home: str = "demo") -> None:
    services = desk.provider.services
    with services.database.transaction() as session:
        realm = get_realm(session, home)
        for client_id in client_ids:
            create_client(
                session,
                services.cipher,
                services.clock,
                realm_id=realm.id,
                client_id=client_id,
                secret=secret,
                redirect_uris=["https://app.example.org/callback"],
            )


def open_page(desk: Desk, browser: Browser, client_id: str, below: str = "", *, home: str = "master") -> Page:
    return browser.get(desk.address(f"clients/{client(desk, client_id).id}{below}", home=home))


def register(desk: Desk, browser: Browser, kind: str, **fields: str) -> Page:
    browser.get(desk.address(f"clients/new/{kind}"))
    return browser.press("Register", **fields)


def test_every_setting_is_in_one_group() -> None:
    names = [name for group in GROUPS.values() for name in group]

    assert len(names) == len(set(names))
    assert set(names) | ELSEWHERE == MEMBERS.keys()


def test_list_pages_by_key_and_finds_parts(desk: Desk, root: Browser) -> None:
    plant(desk, *(f"bulk-{number:03}" for number in range(60)))
    first = root.get(desk.address("clients?search=BULK-"))
    assert "bulk-000" in first.html
    assert "bulk-049" in first.html
    assert "bulk-050" not in first.html
    second = root.follow("Next page")

    assert "bulk-050" in second.html
    assert "<code>bulk-049</code>" not in second.html
    assert "Next page" not in second.html
    assert (
        "No application is called that"
        in root.get(desk.address("clients?search=%25&after=%00x".replace("%00", ""))).text
    )
    assert root.get(desk.address("clients?search=" + "a" * 10_000)).status == 200


def test_web_application_gets_a_secret_that_is_shown_once(desk: Desk, root: Browser) -> None:
    page = register(
        desk,
        root,
        "web",
        client_id="shop",
        client_name="Shop",
        redirect_uris="https://shop.example.org/cb",
        offline="yes",
    )
    row = client(desk, "shop")
    secret = desk.provider.services.cipher.decrypt(row.secret_encrypted or b"", "client.secret").decode()

    assert secret in page.html
    assert "http://localhost:8080/realms/demo/.well-known/openid-configuration" in page.html
    assert "https://shop.example.org/cb" in page.html
    assert (row.pkce_required, row.grant_types) == (True, ["authorization_code", "refresh_token"])
    assert "offline_access" in row.scope
    event = desk.events("admin:client:create")[-1]
    assert event.client_id == "shop"
    assert secret not in str(event.details)
    assert secret not in open_page(desk, root, "shop", "/setup").html


def test_kinds_differ_in_what_they_begin_with(desk: Desk, root: Browser) -> None:
    register(desk, root, "single_page", client_id="spa", redirect_uris="https://spa.example.org/cb")
    register(desk, root, "native", client_id="cli", redirect_uris="http://127.0.0.1/callback", device="yes")
    page = register(desk, root, "service", client_id="job", scope="orders:read")

    spa, cli, job = client(desk, "spa"), client(desk, "cli"), client(desk, "job")
    assert (spa.token_endpoint_auth_method, spa.web_origins) == ("none", ["https://spa.example.org"])
    assert (cli.application_type, cli.token_endpoint_auth_method) == ("native", "none")
    assert "urn:ietf:params:oauth:grant-type:device_code" in cli.grant_types
    assert (job.grant_types, job.redirect_uris, job.scope) == (["client_credentials"], [], "orders:read")
    assert "grant_type=client_credentials" in page.text


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "http://shop.example.org/cb",
        "https://*.example.org/",
        "https://a.example/#x",
        "data:text/html,x",
    ],
)
def test_addresses_that_are_none_are_told_at_their_field(desk: Desk, root: Browser, uri: str) -> None:
    page = register(desk, root, "web", client_id="app", redirect_uris=uri, client_uri="javascript:alert(2)")

    assert page.status == 422
    assert "There is an application with this client_id already." in page.text
    assert page.html.count('class="field-error"') == 3
    assert "Use https" in page.text
    assert 'href="javascript:' not in page.html


@pytest.mark.parametrize("client_id", ["", "with space", "ümlaut", "x" * 10_000])
def test_client_id_has_to_be_one(desk: Desk, root: Browser, client_id: str) -> None:
    page = register(desk, root, "web", client_id=client_id, client_name="n" * 10_000, redirect_uris="")

    assert page.status == 422
    assert "visible ASCII" in page.text
    assert "At least one is needed" in page.text


def test_hostile_client_id_breaks_out_of_no_guide(desk: Desk, root: Browser) -> None:
    hostile = """a"'$(id)`<b>\\"""
    page = register(desk, root, "native", client_id=hostile, redirect_uris="http://127.0.0.1/callback")

    assert page.status == 200
    assert "<b>" not in page.html
    assert "--exec-arg=--oidc-client-id=a&#34;&#39;&#34;&#39;" in page.html


def test_settings_are_saved_with_before_and_after(desk: Desk, root: Browser) -> None:
    plant(desk, "settled")
    open_page(desk, root, "settled", "/settings/tokens")
    page = root.press("Save Changes", access_token_lifetime="120", resources="https://api.example.org/\r\nurn:x:y")
    row, event = client(desk, "settled"), desk.events("admin:client:change")[-1]

    assert "Saved." in page.text
    assert (row.access_token_lifetime, row.resources) == (120, ["https://api.example.org/", "urn:x:y"])
    assert event.details["after"]["resources"] == row.resources
    assert event.details["after"]["access_token_lifetime"] == 120
    assert root.press("Save Changes").text.count("There was nothing to change.") == 1


def test_every_group_of_settings_is_kept_by_saving_it_unchanged(desk: Desk, root: Browser) -> None:
    before = client(desk, "second")
    for group in GROUPS:
        open_page(desk, root, "second", f"/settings/{group}")
        ticked = {name: getattr(before, name) for name in ("grant_types", "response_types") if group == "sign_in"}
        assert "There was nothing to change." in root.press("Save Changes", **ticked).text, group
    after = client(desk, "second")

    assert {name: value for name, value in vars(before).items() if name[0] != "_"} == {
        name: value for name, value in vars(after).items() if name[0] != "_"
    }


def test_all_problems_are_told_and_nothing_is_saved(desk: Desk, root: Browser) -> None:
    plant(desk, "wrong")
    open_page(desk, root, "wrong", "/settings/security")
    page = root.press("Save Changes", jwks="{", jwks_uri="javascript:x", token_endpoint_auth_method="nonsense")

    assert page.status == 422
    assert page.html.count('class="field-error"') == 3
    assert client(desk, "wrong").token_endpoint_auth_method == "client_secret_basic"
    open_page(desk, root, "wrong", "/settings/tokens")
    assert root.press("Save Changes", access_token_lifetime="9" * 10_000).status == 422


def test_two_people_do_not_overwrite_each_other(desk: Desk, root: Browser) -> None:
    plant(desk, "shared")
    other = desk.sign_in()
    open_page(desk, root, "shared", "/settings/about")
    open_page(desk, other, "shared", "/settings/about")
    root.press("Save Changes", client_name="First")
    page = other.press("Save Changes", client_name="Second", software_id="s")

    assert page.status == 409
    assert "“First”" in page.text
    assert client(desk, "shared").name == "First"
    assert "Saved." in other.press("Save Changes").text
    assert client(desk, "shared").name == "Second"
    root.press("Save Changes", software_version="2")
    assert (client(desk, "shared").name, client(desk, "shared").software_version) == ("Second", "2")


def test_method_that_needs_a_secret_makes_one(desk: Desk, root: Browser) -> None:
    plant(desk, "public-one", secret=None)
    open_page(desk, root, "public-one", "/settings/security")
    page = root.press("Save Changes", token_endpoint_auth_method="client_secret_basic")

    assert "It is shown this once." in page.text
    assert client(desk, "public-one").secret_encrypted is not None


def test_secret_is_replaced_and_shown_once(desk: Desk, root: Browser) -> None:
    plant(desk, "leaky")
    before = client(desk, "leaky").secret_encrypted
    open_page(desk, root, "leaky", "/secret")
    page = root.press("Replace the secret")

    assert "It is shown this once." in page.text
    assert client(desk, "leaky").secret_encrypted != before
    assert desk.events("admin:client:replace-secret")[-1].client_id == "leaky"


def test_application_is_switched_off_on_and_deleted_by_its_name(desk: Desk, root: Browser) -> None:
    plant(desk, "doomed")
    open_page(desk, root, "doomed")
    assert "The application is off" in root.press("Switch off", enabled="no").text
    assert client(desk, "doomed").enabled is False
    assert "The application is on" in root.press("Switch on", enabled="yes").text
    open_page(desk, root, "doomed", "/delete")
    assert root.press("Delete", confirmation="doomed ").status == 422
    assert "The application is deleted" in root.press("Delete", confirmation="doomed").text
    assert root.get(desk.address("clients?search=doomed")).text.count("No application is called that") == 1


def test_client_of_another_realm_is_not_found(desk: Desk, root: Browser) -> None:
    row_id = client(desk, "app").id
    token = token_of(root.get(desk.address("clients")))
    for below in ("", "/settings/about", "/setup", "/secret", "/delete"):
        assert root.get(desk.address(f"clients/{row_id}{below}", managed="master")).status == 404
    for below in ("/settings/about", "/secret", "/delete", "/enabled"):
        fields = {"csrf_token": token, "confirmation": "app"}
        assert root.post(desk.address(f"clients/{row_id}{below}", managed="master"), fields).status == 404
    assert root.get(desk.address("clients/" + "x" * 10_000)).status == 404


@pytest.mark.parametrize("client_id", ["realm-management", "account-console", "security-admin-console"])
def test_clients_of_the_realm_itself_are_shown_and_never_changed(desk: Desk, root: Browser, client_id: str) -> None:
    page = open_page(desk, root, client_id)
    token = token_of(page)

    assert "cannot do without" in page.text
    assert "Danger zone" not in page.text
    for below in ("/settings/addresses", "/secret", "/delete", "/enabled"):
        fields = {"csrf_token": token, "confirmation": client_id, "redirect_uris": "https://evil.example/"}
        assert root.post(desk.address(f"clients/{client(desk, client_id).id}{below}"), fields).status == 403
    assert "https://evil.example/" not in client(desk, client_id).redirect_uris


def test_nobody_takes_over_an_application_that_may_do_more(desk: Desk, clara: Browser) -> None:
    """Its secret, its addresses and its keys would each be a way to have its permissions."""
    plant(desk, "robot")
    services = desk.provider.services
    with services.database.transaction() as session:
        realm = get_realm(session, "demo")
        row = get_client(session, realm.id, "robot")
        account = ensure_service_account(session, services.passwords, services.clock, row)
        give_roles(session, account.id, [get_permission(session, realm, "manage-users")])
    before, token = client(desk, "robot"), token_of(open_page(desk, clara, "robot", home="demo"))
    for below in ("/settings/security", "/settings/addresses", "/secret", "/delete", "/enabled"):
        fields = {"csrf_token": token, "confirmation": "robot", "token_endpoint_auth_method": "client_secret_post"}
        page = clara.post(desk.address(f"clients/{before.id}{below}", home="demo"), fields)
        assert page.status == 403, below
    assert client(desk, "robot").secret_encrypted == before.secret_encrypted
    assert client(desk, "robot").enabled


def test_only_realm_admins_let_an_application_administer(desk: Desk, root: Browser, clara: Browser) -> None:
    plant(desk, "tool")
    open_page(desk, clara, "tool", "/settings/advanced", home="demo")
    page = clara.press("Save Changes", admin_api="yes")
    assert page.status == 422
    assert "realm-admin" in page.text
    open_page(desk, root, "tool", "/settings/advanced")
    assert "Saved." in root.press("Save Changes", admin_api="yes").text
    page = open_page(desk, clara, "tool", "/settings/addresses", home="demo")
    assert "may administer more than you" in page.text
    fields = {"csrf_token": token_of(page), "redirect_uris": "https://evil.example/"}
    refused = clara.post(desk.address(f"clients/{client(desk, 'tool').id}/settings/addresses", home="demo"), fields)

    assert refused.status == 403
    assert client(desk, "tool").redirect_uris == ["https://app.example.org/callback"]


def test_over_master_its_admin_alone_lets_an_application_administer(desk: Desk, root: Browser) -> None:
    """Whoever signs in to it may be the administrator of everything, whom `realm-admin` over master does not cover."""
    plant(desk, "master-tool", home="master")
    desk.hire("deputy", home="master", roles=["realm-admin"], over="master")
    deputy, path = desk.sign_in("deputy"), f"clients/{client(desk, 'master-tool', 'master').id}/settings"
    deputy.get(desk.address(f"{path}/advanced", managed="master"))
    assert deputy.press("Save Changes", admin_api="yes").status == 422
    root.get(desk.address(f"{path}/advanced", managed="master"))
    assert "Saved." in root.press("Save Changes", admin_api="yes").text
    page = deputy.get(desk.address(f"{path}/addresses", managed="master"))

    assert "may administer more than you" in page.text


def test_who_may_look_changes_nothing(desk: Desk) -> None:
    desk.hire("viola", home="demo", roles=["view-clients"])
    viola = desk.sign_in("viola", home="demo")
    page = open_page(desk, viola, "app", "/settings/about", home="demo")

    assert "manage-clients" in page.text
    assert "Save Changes" not in page.text
    assert "New application" not in viola.get(desk.address("clients", home="demo")).text
    for path in ("settings/about", "secret", "delete", "enabled"):
        address = desk.address(f"clients/{client(desk, 'app').id}/{path}", home="demo")
        assert viola.post(address, {"csrf_token": token_of(page)}).status == 403
    assert viola.post(desk.address("clients/new/web", home="demo"), {"csrf_token": token_of(page)}).status == 403
    assert viola.post(desk.address(f"clients/{client(desk, 'app').id}/enabled", home="demo"), {}).status == 403


def test_secret_and_deletion_take_a_recent_sign_in(desk: Desk) -> None:
    browser = desk.sign_in()
    plant(desk, "old-friend")
    open_page(desk, browser, "old-friend", "/delete")
    desk.provider.clock.advance(timedelta(minutes=16))

    assert browser.press("Delete", confirmation="old-friend").title.startswith("Sign in to")
    assert client(desk, "old-friend").enabled
