"""python-keycloak (PyPI), written for Keycloak, as judge: against the running demo, signed in as Keycloak's tools do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from keycloak import KeycloakAdmin, KeycloakOpenID, KeycloakOpenIDConnection
from keycloak.exceptions import KeycloakAuthenticationError, KeycloakGetError, KeycloakPostError, KeycloakPutError

from idp.clients.clients import create_client, get_client
from idp.demo.seed import ADMIN, ALICE, DEMO
from idp.models import OutgoingMail, User
from idp.pki.client_certificates import create_client_certificate
from idp.pki.key_pairs import KeyType
from idp.realms.realms import get_realm
from idp.users.management_roles import get_permission
from idp.users.role_mappings import give_roles
from idp.users.service_accounts import ensure_service_account
from tests.browser.demo import RunningDemo

SECRET = "terraform-secret"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """One running demo for the module."""
    running = RunningDemo(tmp_path_factory.mktemp("demo"))
    _add_service_account(running)
    try:
        running.start()
        yield running
    finally:
        running.close()


def _add_service_account(running: RunningDemo) -> None:
    services = running.services
    with services.database.transaction() as session:
        realm = get_realm(session, DEMO)
        client = create_client(
            session,
            services.cipher,
            services.clock,
            realm_id=realm.id,
            client_id="terraform",
            secret=SECRET,
            grant_types=("client_credentials",),
        )
        account = ensure_service_account(session, services.passwords, services.clock, client)
        give_roles(session, account.id, [get_permission(session, realm, "realm-admin")])


@pytest.fixture
def admin(demo: RunningDemo) -> KeycloakAdmin:
    """The demo's administrator through `admin-cli`, at work in the realm demo."""
    connection = KeycloakOpenIDConnection(
        server_url=demo.settings.public_url,
        username=ADMIN.username,
        password=ADMIN.password,
        realm_name=DEMO,
        user_realm_name="master",
        client_id="admin-cli",
    )
    return KeycloakAdmin(connection=connection)


@pytest.fixture
def robot(demo: RunningDemo) -> KeycloakAdmin:
    """A service account of the realm demo."""
    return KeycloakAdmin(
        server_url=demo.settings.public_url,
        realm_name=DEMO,
        client_id="terraform",
        client_secret_key=SECRET,
    )


@pytest.fixture
def user_id(admin: KeycloakAdmin) -> Iterator[str]:
    """Somebody who is gone afterwards."""
    made = admin.create_user(
        {"username": "Erika", "email": "erika@example.org", "enabled": True, "firstName": "Erika", "lastName": "Muster"}
    )
    yield made
    if admin.get_users({"username": "erika", "exact": True}):
        admin.delete_user(made)


def test_wrong_password_is_refused(demo: RunningDemo) -> None:
    """Another account than the administrator's: failures lock it."""
    with pytest.raises((KeycloakAuthenticationError, KeycloakPostError)):
        KeycloakAdmin(
            server_url=demo.settings.public_url, username="nobody", password="x", realm_name="master"
        ).get_realms()


def test_realms_and_server(admin: KeycloakAdmin, robot: KeycloakAdmin) -> None:
    assert [realm["realm"] for realm in admin.get_realms()] == ["demo", "master"]
    assert [realm["realm"] for realm in robot.get_realms()] == ["demo"]
    assert admin.get_server_info()["systemInfo"]["version"].startswith("26.")
    realm = robot.get_realm(DEMO)
    assert (realm["realm"], realm["enabled"], realm["accessTokenLifespan"]) == (DEMO, True, 300)


def test_realm_is_made_changed_and_deleted(admin: KeycloakAdmin) -> None:
    admin.create_realm({"realm": "staff", "enabled": True, "displayName": "Staff", "accessTokenLifespan": 120})
    with pytest.raises(KeycloakPostError) as taken:
        admin.create_realm({"realm": "staff"})
    assert taken.value.response_code == 409
    staff = admin.get_realm("staff")
    assert (staff["displayName"], staff["accessTokenLifespan"]) == ("Staff", 120)
    admin.update_realm("staff", {**staff, "accessTokenLifespan": 60, "passwordPolicy": "length(12)"})
    assert admin.get_realm("staff")["passwordPolicy"] == "length(12)"
    admin.delete_realm("staff")
    with pytest.raises(KeycloakGetError) as gone:
        admin.get_realm("staff")
    assert gone.value.response_code == 404


def test_user_is_made_found_changed_and_deleted(admin: KeycloakAdmin, user_id: str) -> None:
    assert admin.get_user_id("Erika") == user_id
    erika = admin.get_user(user_id)
    assert (erika["username"], erika["email"], erika["enabled"]) == ("erika", "erika@example.org", True)
    admin.update_user(user_id, {**erika, "lastName": "Beispiel", "attributes": {"department": ["sales"]}})
    changed = admin.get_user(user_id)
    assert (changed["lastName"], changed["attributes"]) == ("Beispiel", {"department": ["sales"]})
    assert [user["id"] for user in admin.get_users({"q": "department:sales"})] == [user_id]
    with pytest.raises(KeycloakPostError) as taken:
        admin.create_user({"username": "erika"})
    assert taken.value.response_code == 409
    assert admin.create_user({"username": "erika"}, exist_ok=True) == user_id
    admin.disable_user(user_id)
    assert admin.get_user(user_id)["enabled"] is False
    admin.enable_user(user_id)
    admin.delete_user(user_id)
    with pytest.raises(KeycloakGetError) as gone:
        admin.get_user(user_id)
    assert gone.value.response_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "ali"}, ["alice"]),
        ({"search": "exam"}, ["alice", "bob"]),
        ({"search": "*xampl*"}, ["alice", "bob"]),
        ({"search": "xampl"}, []),
        ({"search": '"alice"'}, ["alice"]),
        ({"username": "lic"}, ["alice"]),
        ({"username": "lic", "exact": True}, []),
        ({"email": "bob@"}, ["bob"]),
        ({"lastName": "EXAMPLE"}, ["alice", "bob"]),
        ({"firstName": "Alice", "lastName": "nobody"}, []),
        ({"emailVerified": True}, ["alice", "bob"]),
        ({"enabled": False}, []),
        ({"idpAlias": "github"}, []),
        ({"first": 1, "max": 1}, ["bob"]),
        ({"max": 1}, ["alice"]),
        ({}, ["alice", "bob"]),
    ],
    ids=str,
)
def test_search(robot: KeycloakAdmin, query: dict[str, Any], found: list[str]) -> None:
    assert [user["username"] for user in robot.get_users(dict(query))] == found
    if "max" not in query:
        assert robot.users_count(query) == len(found)


def test_brief_representation_leaves_out(robot: KeycloakAdmin) -> None:
    full, brief = (
        robot.get_users({"username": "alice"}),
        robot.get_users({"username": "alice", "briefRepresentation": True}),
    )
    assert "access" in full[0]
    assert "access" not in brief[0]
    assert brief[0]["email"] == "alice@example.org"


def test_passwords(demo: RunningDemo, admin: KeycloakAdmin, user_id: str) -> None:
    """A password that stays, one that does not, and none."""
    assert admin.get_credentials(user_id) == []
    admin.set_user_password(user_id, "a long enough one", temporary=False)
    (credential,) = admin.get_credentials(user_id)
    assert credential["type"] == "password"
    assert "value" not in credential
    assert "requiredActions" not in admin.get_user(user_id) or admin.get_user(user_id)["requiredActions"] == []
    admin.set_user_password(user_id, "another long one", temporary=True)
    assert admin.get_user(user_id)["requiredActions"] == ["UPDATE_PASSWORD"]
    with pytest.raises(KeycloakPutError) as refused:
        admin.set_user_password(user_id, "short")
    assert refused.value.response_code == 400
    admin.delete_credential(user_id, credential["id"])
    assert admin.get_credentials(user_id) == []
    with demo.services.database.transaction() as session:
        assert session.get_one(User, user_id).password_hash is None


def test_sessions_end_with_logout(demo: RunningDemo, robot: KeycloakAdmin) -> None:
    services = demo.services
    with services.database.transaction() as session:
        get_client(session, get_realm(session, DEMO).id, "demo-app").direct_access_grants_enabled = True
    openid = KeycloakOpenID(
        server_url=demo.settings.public_url,
        realm_name=DEMO,
        client_id="demo-app",
        client_secret_key="demo-app-secret",
    )
    tokens = _eventually_signed_in(openid)
    alice = robot.get_user_id("alice")
    assert alice is not None
    (row,) = robot.get_sessions(alice)
    assert (row["username"], list(row["clients"].values())) == ("alice", ["demo-app"])
    assert openid.userinfo(tokens["access_token"])["sub"] == alice
    robot.user_logout(alice)
    assert robot.get_sessions(alice) == []
    with pytest.raises(KeycloakAuthenticationError):
        openid.userinfo(tokens["access_token"])


def _eventually_signed_in(openid: KeycloakOpenID) -> dict[str, Any]:
    from tests.browser.patience import eventually

    found: list[dict[str, Any]] = []

    def try_once() -> bool:
        """The server sees what was changed behind its back within a second."""
        try:
            found.append(openid.token(ALICE.username, ALICE.password))
        except (KeycloakPostError, KeycloakAuthenticationError):
            return False
        return True

    eventually(try_once, "the client may ask for passwords")
    return found[0]


def test_mails(demo: RunningDemo, admin: KeycloakAdmin, user_id: str) -> None:
    admin.send_verify_email(user_id)
    admin.send_update_account(user_id, ["UPDATE_PASSWORD"])
    with demo.services.database.transaction() as session:
        templates = {row.template for row in session.query(OutgoingMail).filter_by(user_id=user_id)}
    assert templates == {"verify_email", "password_reset"}
    with pytest.raises(KeycloakPutError) as refused:
        admin.send_update_account(user_id, ["CONFIGURE_TOTP"])
    assert refused.value.response_code == 400


def test_groups(admin: KeycloakAdmin, user_id: str) -> None:
    """Made, nested, moved, found, joined, changed, left and deleted."""
    staff = admin.create_group({"name": "staff", "attributes": {"floor": ["1"]}})
    support = admin.create_group({"name": "support"}, parent=staff)
    assert admin.create_group({"name": "staff"}, skip_exists=True) is None
    with pytest.raises(KeycloakPostError) as taken:
        admin.create_group({"name": "staff"})
    assert taken.value.response_code == 409
    (listed,) = admin.get_groups()
    assert (listed["path"], [group["path"] for group in listed["subGroups"]]) == ("/staff", ["/staff/support"])
    assert admin.get_group_by_path("/staff/support")["id"] == support
    assert admin.get_group(staff)["attributes"] == {"floor": ["1"]}
    assert admin.groups_count() == {"count": 2}
    assert admin.groups_count({"search": "supp"}) == {"count": 1}
    admin.update_group(staff, {**admin.get_group(staff), "name": "people"})
    assert [group["path"] for group in admin.get_group_children(staff)] == ["/people/support"]
    admin.group_user_add(user_id, support)
    assert [user["id"] for user in admin.get_group_members(support, {"first": 0, "max": 5})] == [user_id]
    assert [group["path"] for group in admin.get_user_groups(user_id)] == ["/people/support"]
    admin.group_user_remove(user_id, support)
    assert admin.get_group_members(support) == []
    admin.delete_group(staff)
    with pytest.raises(KeycloakGetError) as gone:
        admin.get_group(support)
    assert gone.value.response_code == 404


def test_realm_roles(robot: KeycloakAdmin, admin: KeycloakAdmin, user_id: str) -> None:
    """By name and by id, composed, given to people and groups, and by default."""
    robot.create_realm_role({"name": "reader", "description": "Reads"})
    robot.create_realm_role({"name": "editor", "attributes": {"tier": ["2"]}})
    robot.create_realm_role({"name": "editor"}, skip_exists=True)
    reader, editor = robot.get_realm_role("reader"), robot.get_realm_role("editor")
    assert robot.get_role_by_id(editor["id"])["attributes"] == {"tier": ["2"]}
    assert {"reader", "editor"} <= {role["name"] for role in robot.get_realm_roles()}
    assert [role["name"] for role in robot.get_realm_roles(search_text="read")] == ["reader"]
    robot.update_realm_role("editor", {**editor, "description": "Writes"})
    robot.add_composite_realm_roles_to_role("editor", [reader])
    assert [role["name"] for role in robot.get_composite_realm_roles_of_role("editor")] == ["reader"]
    assert [role["name"] for role in robot.get_role_composites_by_id(editor["id"])] == ["reader"]
    robot.assign_realm_roles(user_id, [editor])
    assert {role["name"] for role in robot.get_realm_roles_of_user(user_id)} == {"default-roles-demo", "editor"}
    assert "reader" in {role["name"] for role in robot.get_available_realm_roles_of_user(user_id)}
    assert "reader" in {role["name"] for role in robot.get_composite_realm_roles_of_user(user_id)}
    assert "editor" in {role["name"] for role in robot.get_all_roles_of_user(user_id)["realmMappings"]}
    assert [user["id"] for user in robot.get_realm_role_members("editor")] == [user_id]
    robot.delete_realm_roles_of_user(user_id, [editor])
    staff = robot.create_group({"name": "readers"})
    robot.assign_group_realm_roles(staff, [reader])
    assert [role["name"] for role in robot.get_group_realm_roles(staff)] == ["reader"]
    assert [group["id"] for group in robot.get_realm_role_groups("reader")] == [staff]
    robot.delete_group_realm_roles(staff, [reader])
    robot.remove_composite_realm_roles_to_role("editor", [reader])
    robot.add_realm_default_roles([reader])
    assert [role["name"] for role in robot.get_realm_default_roles()] == ["reader"]
    robot.remove_realm_default_roles([reader])
    robot.delete_group(staff)
    robot.delete_realm_role("reader")
    robot.delete_role_by_id(editor["id"])
    with pytest.raises(KeycloakGetError) as gone:
        robot.get_realm_role("editor")
    assert gone.value.response_code == 404


def test_client_roles(demo: RunningDemo, robot: KeycloakAdmin, user_id: str) -> None:
    """Of an application, and of the client whose roles administer: the latter are given and not changed."""
    with demo.services.database.transaction() as session:
        realm_id = get_realm(session, DEMO).id
        app, management = (get_client(session, realm_id, name).id for name in ("demo-app", "realm-management"))
    robot.create_client_role(app, {"name": "seller"})
    robot.create_client_role(app, {"name": "clerk"})
    seller, clerk = robot.get_client_role(app, "seller"), robot.get_client_role(app, "clerk")
    assert [role["name"] for role in robot.get_client_roles(app)] == ["clerk", "seller"]
    robot.add_composite_client_roles_to_role(app, "seller", [clerk])
    assert [role["name"] for role in robot.get_role_client_level_children(app, seller["id"])] == ["clerk"]
    robot.update_client_role(app, "clerk", {**clerk, "description": "At the desk"})
    robot.assign_client_role(user_id, app, [seller])
    assert [role["name"] for role in robot.get_client_roles_of_user(user_id, app)] == ["seller"]
    assert [role["name"] for role in robot.get_available_client_roles_of_user(user_id, app)] == ["clerk"]
    assert {role["name"] for role in robot.get_composite_client_roles_of_user(user_id, app)} == {"clerk", "seller"}
    assert [user["id"] for user in robot.get_client_role_members(app, "seller")] == [user_id]
    robot.delete_client_roles_of_user(user_id, app, [seller])
    staff = robot.create_group({"name": "sellers"})
    robot.assign_group_client_roles(staff, app, [seller])
    assert [role["name"] for role in robot.get_group_client_roles(staff, app)] == ["seller"]
    assert len(robot.get_composite_client_roles_of_group(app, staff)) == 2
    assert [group["id"] for group in robot.get_client_role_groups(app, "seller")] == [staff]
    robot.delete_group_client_roles(staff, app, [seller])
    robot.remove_composite_client_roles_from_role(app, "seller", [clerk])
    robot.delete_group(staff)
    for name in ("seller", "clerk"):
        robot.delete_client_role(app, name)
    robot.assign_client_role(user_id, management, [robot.get_client_role(management, "view-users")])
    with pytest.raises(KeycloakPutError) as fixed:
        robot.update_client_role(management, "view-users", {"name": "manage-users"})
    assert fixed.value.response_code == 400


def test_keys_events_and_locks(admin: KeycloakAdmin, user_id: str) -> None:
    keys = admin.get_keys()
    assert set(keys["active"].values()) <= {key["kid"] for key in keys["keys"]}
    assert admin.get_events({"type": ["LOGIN", "LOGIN_ERROR"], "max": 5}) is not None
    created = admin.get_admin_events({"resourcePath": f"users/{user_id}", "operationTypes": "CREATE"})
    assert [(event["operationType"], event["resourceType"]) for event in created] == [("CREATE", "USER")]
    admin.set_events({"eventsEnabled": True})
    with pytest.raises(KeycloakPutError):
        admin.set_events({"eventsEnabled": False})
    assert admin.get_bruteforce_detection_status(user_id)["disabled"] is False
    admin.clear_bruteforce_attempts_for_user(user_id)
    admin.clear_all_bruteforce_attempts()
    assert [action["alias"] for action in admin.get_required_actions()] == ["UPDATE_PASSWORD", "VERIFY_EMAIL"]
    assert isinstance(admin.get_client_sessions_stats(), list)


def test_client_is_made_changed_and_deleted(demo: RunningDemo, robot: KeycloakAdmin) -> None:
    """With all that hangs on it."""
    client = robot.create_client(
        {
            "clientId": "shop",
            "redirectUris": ["https://shop.example.org/callback"],
            "serviceAccountsEnabled": True,
            "secret": "shop-secret-of-old",
            "attributes": {"pkce.code.challenge.method": "S256", "countersign.secret_overlap": "600"},
        }
    )
    assert robot.get_client_id("shop") == client
    assert robot.create_client({"clientId": "shop"}, skip_exists=True) == client
    with pytest.raises(KeycloakPostError) as taken:
        robot.create_client({"clientId": "shop"})
    assert taken.value.response_code == 409
    with pytest.raises(KeycloakPostError) as wildcard:
        robot.create_client({"clientId": "x", "redirectUris": ["https://shop.example.org/*"]})
    assert wildcard.value.response_code == 400
    told = robot.get_client(client)
    robot.update_client(client, {**told, "name": "The Shop"})
    assert robot.get_client(client)["name"] == "The Shop"
    assert "shop" in [known["clientId"] for known in robot.get_clients()]

    assert robot.get_client_secrets(client)["value"] == "shop-secret-of-old"
    fresh = robot.generate_client_secrets(client)["value"]
    for secret in ("shop-secret-of-old", fresh):
        openid = KeycloakOpenID(demo.settings.public_url, DEMO, "shop", client_secret_key=secret)
        assert openid.token(grant_type="client_credentials")["token_type"].lower() == "bearer"
    assert robot.get_client_service_account_user(client)["username"] == "service-account-shop"
    assert robot.get_client_installation_provider(client, "keycloak-oidc-keycloak-json")["resource"] == "shop"
    assert robot.get_client_all_sessions(client) == []
    assert isinstance(robot.get_client_sessions_stats(), list)

    config = {"claim.name": "team", "claim.value": "red", "id.token.claim": "true"}
    mapper = {"name": "team", "protocol": "openid-connect", "protocolMapper": "oidc-hardcoded-claim-mapper"}
    robot.add_mapper_to_client(client, {**mapper, "config": config})
    (known,) = robot.get_mappers_from_client(client)
    robot.update_client_mapper(client, known["id"], {**known, "config": {**config, "claim.value": "blue"}})
    assert robot.get_mappers_from_client(client)[0]["config"]["claim.value"] == "blue"
    robot.remove_client_mapper(client, known["id"])
    assert robot.get_mappers_from_client(client) == []
    robot.delete_client(client)
    assert robot.get_client_id("shop") is None


def test_certificate_of_a_client_is_uploaded(robot: KeycloakAdmin) -> None:
    client = robot.create_client({"clientId": "signing"})
    assert robot.get_client_certificate_key_info(client, "jwt.credential") == {}
    _, certificate = create_client_certificate("signing", KeyType.P256, datetime.now(UTC), timedelta(days=1))
    pem = certificate.public_bytes(Encoding.PEM).decode()
    told = robot.upload_certificate(client, "".join(pem.splitlines()[1:-1]))
    assert told["certificate"] == "".join(pem.splitlines()[1:-1])
    assert robot.get_client_certificate_key_info(client, "jwt.credential") == told
    robot.delete_client(client)


def test_roles_in_scope_of_clients_and_client_scopes(robot: KeycloakAdmin) -> None:
    client = robot.create_client({"clientId": "narrow", "fullScopeAllowed": False})
    shop = robot.create_client({"clientId": "shop"})
    scope = robot.create_client_scope({"name": "crew"})
    robot.create_realm_role({"name": "sailor"})
    robot.create_client_role(shop, {"name": "buyer"})
    sailor, buyer = robot.get_realm_role("sailor"), robot.get_client_role(shop, "buyer")
    assert robot.get_client(client)["fullScopeAllowed"] is False

    robot.assign_realm_roles_to_client_scope(client, [sailor])
    robot.assign_client_roles_to_client_scope(client, shop, [buyer])
    assert [role["name"] for role in robot.get_realm_roles_of_client_scope(client)] == ["sailor"]
    assert [role["id"] for role in robot.get_client_roles_of_client_scope(client, shop)] == [buyer["id"]]
    robot.delete_realm_roles_of_client_scope(client, [sailor])
    robot.delete_client_roles_of_client_scope(client, shop, [buyer])
    assert robot.get_realm_roles_of_client_scope(client) == robot.get_client_roles_of_client_scope(client, shop) == []

    robot.add_client_specific_roles_to_client_scope(scope, shop, [buyer])
    assert list(robot.get_all_roles_of_client_scope(scope)["clientMappings"]) == ["shop"]
    assert [role["name"] for role in robot.get_client_specific_roles_of_client_scope(scope, shop)] == ["buyer"]
    robot.remove_client_specific_roles_of_client_scope(scope, shop, [buyer])
    assert robot.get_all_roles_of_client_scope(scope) == {}
    for made in (client, shop):
        robot.delete_client(made)
    robot.delete_client_scope(scope)
    robot.delete_realm_role("sailor")


def test_client_scopes_are_made_assigned_and_deleted(robot: KeycloakAdmin) -> None:
    scope = robot.create_client_scope({"name": "orders", "protocol": "openid-connect"})
    assert robot.create_client_scope({"name": "orders"}, skip_exists=True) == scope
    found = robot.get_client_scope_by_name("orders")
    assert found is not None
    robot.update_client_scope(scope, {**found, "description": "What was ordered"})
    assert robot.get_client_scope(scope)["description"] == "What was ordered"
    config = {"claim.name": "team", "user.attribute": "team", "id.token.claim": "true"}
    mapper = {"name": "team", "protocol": "openid-connect", "protocolMapper": "oidc-usermodel-attribute-mapper"}
    robot.add_mapper_to_client_scope(scope, {**mapper, "config": config})
    (known,) = robot.get_mappers_from_client_scope(scope)
    robot.update_mapper_in_client_scope(scope, known["id"], {**known, "name": "crew"})
    assert [left["name"] for left in robot.get_mappers_from_client_scope(scope)] == ["crew"]
    robot.delete_mapper_from_client_scope(scope, known["id"])

    client = robot.create_client({"clientId": "scoped"})
    assert "x509" in [left["name"] for left in robot.get_client_optional_client_scopes(client)]
    robot.add_client_optional_client_scope(client, scope, {})
    robot.delete_client_optional_client_scope(client, scope)
    robot.add_client_default_client_scope(client, scope, {})
    assert [left["name"] for left in robot.get_client_default_client_scopes(client)] == ["orders"]
    robot.delete_client_default_client_scope(client, scope)
    robot.add_default_default_client_scope(scope)
    assert [left["name"] for left in robot.get_default_default_client_scopes()] == ["orders"]
    robot.delete_default_default_client_scope(scope)
    robot.add_default_optional_client_scope(scope)
    assert "orders" in [left["name"] for left in robot.get_default_optional_client_scopes()]
    robot.delete_default_optional_client_scope(scope)
    robot.delete_client(client)
    robot.delete_client_scope(scope)
    assert robot.get_client_scope_by_name("orders") is None


def test_initial_access_tokens(robot: KeycloakAdmin) -> None:
    made = robot.create_initial_access_token(count=2, expiration=600)
    assert (made["count"], made["remainingCount"], made["expiration"]) == (2, 2, 600)
    assert made["token"]


def test_realm_is_exported_made_anew_and_added_to(admin: KeycloakAdmin) -> None:
    """By the four calls that there are for it; what was exported is what comes back."""
    told = admin.export_realm(export_clients=True, export_groups_and_role=True)
    assert {"demo-app"} <= {client["clientId"] for client in told["clients"]}
    admin.import_realm({**told, "realm": "twin"})
    try:
        with pytest.raises(KeycloakPostError) as refused:
            admin.create_realm({**told, "realm": "twin"})
        assert refused.value.response_code == 409
        payload = {
            "ifResourceExists": "FAIL",
            "users": [{"username": "tim", "enabled": True}],
            "roles": {"realm": [{"name": "new"}]},
        }
        results = admin.partial_import_realm("twin", payload)
        assert (results["added"], results["skipped"], results["overwritten"]) == (2, 0, 0)
        with pytest.raises(KeycloakPostError) as refused:
            admin.partial_import_realm("twin", payload)
        assert refused.value.response_code == 409
        assert admin.partial_import_realm("twin", {**payload, "ifResourceExists": "OVERWRITE"})["overwritten"] == 2
        admin.change_current_realm("twin")
        again = admin.export_realm(export_clients=True, export_groups_and_role=True)
    finally:
        admin.change_current_realm(DEMO)
        admin.delete_realm("twin")
    assert {client["clientId"] for client in again["clients"]} == {client["clientId"] for client in told["clients"]}
    assert {role["name"] for role in told["roles"]["realm"]} <= {role["name"] for role in again["roles"]["realm"]} | {
        "default-roles-demo"
    }
