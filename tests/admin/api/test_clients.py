"""Clients: what goes in comes out, escalation, foreign ids, mass assignment, hostile input."""

from typing import Any

import pytest

from idp.models import Client, User
from tests.admin.api.client_steps import CALLBACK, CLIENTS, make, row
from tests.admin.api.world import SECRET, World


@pytest.fixture
def helper(world: World) -> str:
    """A token of somebody who manages clients, and nothing else."""
    world.add_person("demo", "helper", "manage-clients")
    return world.sign_in("demo", "helper")


def test_created_client_is_told_as_keycloak_tells_it_and_noted(world: World, helper: str) -> None:
    path = make(
        world, helper, name="The App", description="Ours", rootUrl="https://app.example.org", baseUrl="/start",
        redirectUris=["/callback"], webOrigins=["+"], optionalClientScopes=["profile", "email"], secret="a good secret",
        attributes={
            "post.logout.redirect.uris": "https://app.example.org/bye##https://app.example.org/", "theirs": "kept",
            "access.token.lifespan": 120, "pkce.code.challenge.method": "", "countersign.certificate_policy": "required",
        },
        protocolMappers=[{
            "name": "team", "protocol": "openid-connect", "protocolMapper": "oidc-hardcoded-claim-mapper",
            "config": {"claim.name": "team", "claim.value": "red", "id.token.claim": True},
        }],
    )  # fmt: skip
    told = world.call("GET", path, helper).json()
    (mapper,) = told.pop("protocolMappers")
    assert (mapper["name"], mapper["config"]["id.token.claim"]) == ("team", "true")
    made = int(world.clock.now().timestamp())
    assert told.pop("attributes") == {
        "theirs": "kept", "access.token.lifespan": "120", "pkce.code.challenge.method": "",
        "post.logout.redirect.uris": "https://app.example.org/bye##https://app.example.org/",
        "countersign.certificate_policy": "required", "countersign.access_token_format": "jwt",
        "countersign.admin_api": "false", "countersign.application_type": "web", "countersign.first_party": "false",
        "countersign.require_auth_time": "false", "countersign.require_signed_request_object": "false",
        "countersign.response_types": '["code"]', "countersign.subject_type": "public",
        "access.token.signed.response.alg": "ES256", "id.token.signed.response.alg": "RS256",
        "backchannel.logout.session.required": "false", "frontchannel.logout.session.required": "false",
        "dpop.bound.access.tokens": "false", "tls.client.certificate.bound.access.tokens": "false",
        "require.pushed.authorization.requests": "false", "use.refresh.tokens": "true",
        "oauth2.device.authorization.grant.enabled": "false", "standard.token.exchange.enabled": "false",
        "oauth2.jwt.authorization.grant.enabled": "false", "client.secret.creation.time": str(made),
    }  # fmt: skip
    assert told == {
        "id": path.rpartition("/")[2], "clientId": "app", "name": "The App", "description": "Ours", "enabled": True,
        "rootUrl": "https://app.example.org", "baseUrl": "https://app.example.org/start", "protocol": "openid-connect",
        "clientAuthenticatorType": "client-secret", "secret": "a good secret", "redirectUris": [CALLBACK],
        "webOrigins": ["https://app.example.org"], "publicClient": False, "bearerOnly": False,
        "standardFlowEnabled": True, "implicitFlowEnabled": False, "serviceAccountsEnabled": False,
        "directAccessGrantsEnabled": False, "consentRequired": False, "frontchannelLogout": False,
        "fullScopeAllowed": True, "surrogateAuthRequired": False, "notBefore": 0, "defaultClientScopes": [],
        "optionalClientScopes": ["profile", "email"], "access": {"view": True, "manage": True, "configure": True},
    }  # fmt: skip
    (event,) = world.events("admin:client:create")
    assert (event.client_id, event.details["after"]["secret"]) == ("app", "***")
    assert "a good secret" not in str(event.details)


def test_what_was_told_can_be_sent_back(world: World, helper: str) -> None:
    """Whole, as tools do, and nothing changes; nor does anything that is not named."""
    path = make(world, helper)
    before = world.call("GET", path, helper)
    assert world.call("PUT", path, helper, json=before.json()).status_code == 204
    assert world.call("PUT", path, helper, json={}).status_code == 204
    after = world.call("GET", path, helper)
    assert after.json() == before.json()
    assert after.headers["etag"] == before.headers["etag"]
    assert "before" in world.events("admin:client:change")[0].details
    assert world.events("admin:client:change")[0].details["after"] == {}


FIELDS: list[tuple[Any, dict[str, Any]]] = [
    ({"publicClient": True}, {"token_endpoint_auth_method": "none", "secret_encrypted": None}),
    ({"implicitFlowEnabled": True}, {"grant_types": ["authorization_code", "refresh_token", "implicit"]}),
    ({"standardFlowEnabled": False}, {"grant_types": ["refresh_token"], "response_types": []}),
    ({"bearerOnly": True}, {"grant_types": [], "response_types": []}),
    ({"clientAuthenticatorType": "client-secret-jwt"}, {"token_endpoint_auth_method": "client_secret_jwt"}),
    (
        {"clientAuthenticatorType": "client-x509", "attributes": {"x509.subjectdn": "CN=app"}},
        {"token_endpoint_auth_method": "tls_client_auth", "secret_encrypted": None},
    ),
    (
        {"clientAuthenticatorType": "client-jwt", "attributes": {"jwks.url": "https://app.example.org/jwks"}},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example.org/jwks"},
    ),
    ({"attributes": {"use.refresh.tokens": "false"}}, {"grant_types": ["authorization_code"]}),
    ({"attributes": {"user.info.response.signature.alg": "ES256"}}, {"userinfo_signed_response_alg": "ES256"}),
    ({"attributes": {"dpop.bound.access.tokens": "true"}}, {"dpop_bound_access_tokens": True}),
    ({"attributes": {"post.logout.redirect.uris": "+"}}, {"post_logout_redirect_uris": [CALLBACK]}),
    ({"attributes": {"anything": "x"}}, {"attributes": {"anything": "x"}}),
    ({"redirectUris": ["org.example.app:/callback"]}, {"application_type": "native"}),
    ({"directAccessGrantsEnabled": True}, {"direct_access_grants_enabled": True}),
]


def test_fields_reach_their_columns(world: World, helper: str) -> None:
    for number, (body, columns) in enumerate(FIELDS):
        path = make(world, helper, clientId=f"app-{number}")
        response = world.call("PUT", path, helper, json=body)
        assert response.status_code == 204, response.text
        assert {name: getattr(row(world, path), name) for name in columns} == columns, body
        told = world.call("GET", path, helper).json()
        assert world.call("PUT", path, helper, json=told).status_code == 204, body
        assert world.call("GET", path, helper).json() == told, body


UNFIT: list[tuple[Any, str]] = [
    ({"redirectUris": ["https://app.example.org/*"]}, "redirectUris"),
    ({"redirectUris": ["javascript:alert(1)"]}, "redirectUris"),
    ({"redirectUris": ["http://app.example.org/"]}, "redirectUris"),
    ({"redirectUris": ["https://app.example.org/" + "x" * 10_000]}, "redirectUris"),
    ({"baseUrl": "javascript:alert(1)"}, "baseUrl"),
    ({"rootUrl": "javascript:alert(1)"}, "rootUrl"),
    ({"attributes": {"logoUri": "javascript:alert(1)"}}, "attributes.logoUri"),
    ({"attributes": {"policyUri": "data:text/html,x"}}, "attributes.policyUri"),
    ({"attributes": {"backchannel.logout.url": "file:///etc/passwd"}}, "attributes.backchannel.logout.url"),
    ({"webOrigins": ["*"]}, "webOrigins"),
    ({"webOrigins": ["https://app.example.org/path"]}, "webOrigins"),
    ({"name": "x" * 10_000}, "name"),
    ({"description": "x" * 10_000}, "description"),
    ({"protocol": "saml"}, "protocol"),
    ({"fullScopeAllowed": "perhaps"}, "fullScopeAllowed"),
    ({"clientAuthenticatorType": "client-magic"}, "clientAuthenticatorType"),
    ({"attributes": {"access.token.lifespan": "-1"}}, "attributes.access.token.lifespan"),
    ({"attributes": {"pkce.code.challenge.method": "plain"}}, "attributes.pkce.code.challenge.method"),
    ({"attributes": {"id.token.signed.response.alg": "none"}}, "attributes.id.token.signed.response.alg"),
    ({"attributes": {"countersign.everything": "true"}}, "attributes.countersign.everything"),
    ({"attributes": {"x509.allow.regex.pattern.comparison": "true"}}, "attributes.x509.allow.regex.pattern.comparison"),
    ({"attributes": {"x": "y" * 10_000}}, "attributes"),
    ({"attributes": {str(n): "y" for n in range(101)}}, "attributes"),
    ({"secret": "short"}, "secret"),
    ({"secret": "x" * 10_000}, "secret"),
    ({"clientId": "x" * 10_000}, "clientId"),
    ({"clientId": "a b"}, "clientId"),
    ({"clientId": ""}, "clientId"),
    ({"defaultClientScopes": ["no-such-scope"]}, "defaultClientScopes"),
    ({"protocolMappers": [{"name": "x", "protocolMapper": "oidc-script-based-protocol-mapper"}]}, "protocolMappers"),
    ({"protocolMappers": [{"name": "x", "protocol": "saml"}]}, "protocolMappers"),
]  # fmt: skip


def test_what_does_not_fit_is_named(world: World, helper: str) -> None:
    for body, field in UNFIT:
        response = world.call("POST", CLIENTS, helper, json={"clientId": "app", **body})
        assert response.status_code == 400, (body, response.text)
        assert [problem["field"] for problem in response.json()["errors"]] == [field], response.text
    assert world.call("GET", f"{CLIENTS}?clientId=app", helper).json() == []


def test_wildcard_is_explained(world: World, helper: str) -> None:
    response = world.call("POST", CLIENTS, helper, json={"clientId": "app", "redirectUris": ["https://a.example/*"]})
    assert "compared exactly" in response.json()["errorMessage"]


def test_what_nobody_may_set_is_not_set(world: World, helper: str) -> None:
    """Mass assignment: names of columns, and of what is only told."""
    path = make(world, helper)
    before = {column.key: getattr(row(world, path), column.key) for column in Client.__table__.columns}
    body = {
        "id": "another", "realm_id": "x", "manages_realm_id": world.realm_id("demo"), "managesRealmId": "x",
        "secret_encrypted": "x", "admin_api": True, "adminApi": True, "first_party": True, "certificate_policy": "x",
        "registrationAccessToken": "mine", "registration_token_digest": "x", "created_at": 1, "access": {"x": True},
        "attributes": {"client.secret.creation.time": "1", "client.secret.rotated": "x"},
    }  # fmt: skip
    assert world.call("PUT", path, helper, json=body).status_code == 204
    assert {column.key: getattr(row(world, path), column.key) for column in Client.__table__.columns} == before


def test_name_is_taken_and_kept(world: World, helper: str) -> None:
    path = make(world, helper)
    assert world.call("POST", CLIENTS, helper, json={"clientId": "app"}).status_code == 409
    assert world.call("PUT", path, helper, json={"clientId": "other"}).status_code == 400


def test_secret_is_told_to_who_may_change_it(world: World, helper: str) -> None:
    """Neither to who views nor in lists."""
    path = make(world, helper)
    world.add_person("demo", "viewer", "view-clients")
    viewer = world.sign_in("demo", "viewer")
    assert "secret" in world.call("GET", path, helper).json()
    assert "secret" not in world.call("GET", path, viewer).json()
    assert world.call("GET", f"{path}/client-secret", viewer).status_code == 403
    for token in (helper, viewer):
        assert all("secret" not in client for client in world.call("GET", CLIENTS, token).json())


TAKE_OVERS: list[tuple[str, str, Any]] = [
    ("GET", "/client-secret", None),
    ("POST", "/client-secret", None),
    ("GET", "/client-secret/rotated", None),
    ("DELETE", "/client-secret/rotated", None),
    ("POST", "/registration-access-token", None),
    ("PUT", "", {"secret": "now it is mine"}),
    ("PUT", "", {"clientAuthenticatorType": "client-jwt", "attributes": {"jwks.url": "https://evil.example/"}}),
    ("PUT", "", {"enabled": False}),
    ("POST", "/protocol-mappers/models", {"name": "x"}),
    ("DELETE", "", None),
]


def test_client_with_more_power_cannot_be_taken_over(world: World, helper: str) -> None:
    """Neither one that administers in its own name, nor one that administrators sign in to."""
    world.add_robot("demo", "robot", "manage-users")
    for client_id in ("robot", "admin-cli"):
        (told,) = world.call("GET", f"{CLIENTS}?clientId={client_id}", helper).json()
        assert "secret" not in world.call("GET", f"{CLIENTS}/{told['id']}", helper).json()
        for method, path, body in TAKE_OVERS:
            response = world.call(method, f"{CLIENTS}/{told['id']}{path}", helper, json=body)
            assert response.status_code == 403, (method, path, response.text)
    assert world.sign_in_robot("demo", "robot")


def test_only_who_stands_above_all_makes_a_client_for_administrators(world: World, helper: str, admin: str) -> None:
    world.add_person("demo", "boss", "realm-admin")
    body = {"clientId": "console", "attributes": {"countersign.admin_api": "true"}}
    assert world.call("POST", CLIENTS, helper, json=body).status_code == 403
    path = make(world, helper)
    assert world.call("PUT", path, helper, json=body | {"clientId": "app"}).status_code == 403
    assert world.call("POST", CLIENTS, world.sign_in("demo", "boss"), json=body).status_code == 201
    world.add_person("master", "chief", "master:realm-admin")
    chief = world.sign_in("master", "chief")
    assert world.call("POST", "/realms/master/clients", chief, json=body).status_code == 403
    assert world.call("POST", "/realms/master/clients", admin, json=body).status_code == 201


def test_client_that_manages_a_realm_stays(world: World, admin: str) -> None:
    (told,) = world.call("GET", f"{CLIENTS}?clientId=realm-management", admin).json()
    path = f"{CLIENTS}/{told['id']}"
    assert "secret" not in world.call("GET", path, admin).json()
    for method, more, body in (
        ("PUT", "", {"enabled": False}), ("DELETE", "", None), ("POST", "/client-secret", None),
        ("GET", "/client-secret", None), ("POST", "/protocol-mappers/models", {"name": "x"}),
    ):  # fmt: skip
        assert world.call(method, path + more, admin, json=body).status_code == 400, method


def test_ids_of_another_realm_are_not_there(world: World, helper: str, admin: str) -> None:
    stranger = world.add_client("other", "stranger")
    for caller in (helper, admin):
        for method, path, body in (
            ("GET", "", None), ("PUT", "", {"name": "x"}), ("DELETE", "", None), ("GET", "/client-secret", None),
            ("POST", "/client-secret", None), ("GET", "/protocol-mappers/models", None),
            ("POST", "/protocol-mappers/models", {"name": "x"}), ("POST", "/registration-access-token", None),
        ):  # fmt: skip
            assert world.call(method, f"{CLIENTS}/{stranger}{path}", caller, json=body).status_code == 404, path


def test_account_comes_and_goes_with_the_switch(world: World, helper: str, admin: str) -> None:
    """And what it was given is gone when it comes back."""
    path = make(world, helper, serviceAccountsEnabled=True, secret=SECRET)
    token = world.sign_in_robot("demo", "app")
    assert world.call("GET", CLIENTS, token).status_code == 403

    def account() -> User | None:
        with world.transaction() as session:
            return session.query(User).filter_by(service_account_client_id=path.rpartition("/")[2]).one_or_none()

    known = account()
    assert known is not None
    assert known.username == "service-account-app"
    assert world.call("PUT", path, helper, json={"serviceAccountsEnabled": False}).status_code == 204
    assert account() is None
    assert (
        world.token("demo", grant_type="client_credentials", client_id="app", client_secret=SECRET).status_code == 400
    )
    assert world.call("PUT", path, helper, json={"serviceAccountsEnabled": True}).status_code == 204
    fresh = account()
    assert fresh is not None
    assert fresh.id != known.id
    assert world.call("DELETE", path, helper).status_code == 204
    assert account() is None


@pytest.mark.every_database
def test_search_and_pages(world: World, helper: str) -> None:
    for number in range(3):
        make(world, helper, clientId=f"Shop-{number}", attributes={"team": "red" if number else "blue"})

    def names(query: str) -> list[str]:
        return [client["clientId"] for client in world.call("GET", f"{CLIENTS}?{query}", helper).json()]

    assert names("") == ["Shop-0", "Shop-1", "Shop-2", "admin-cli", "realm-management"]
    assert names("clientId=shop-1") == []
    assert names("clientId=Shop-1") == ["Shop-1"]
    assert names("clientId=shop&search=true") == ["Shop-0", "Shop-1", "Shop-2"]
    assert names("clientId=%25&search=true") == names("clientId=_hop&search=true") == []
    assert names("q=team:red") == ["Shop-1", "Shop-2"]
    assert names('q="team":"blue"') == ["Shop-0"]
    assert names("q=team:red x:y") == []
    for odd in ("a\\b:c", "$.a[0]:c", '"a b":"c d"', "'a:c", "é:c", "a.b:c", "[1]:c"):
        response = world.call("GET", CLIENTS, helper, params={"q": odd})
        assert (response.status_code, response.text) == (200, "[]"), odd
    assert names("first=1&max=2") == ["Shop-1", "Shop-2"]
    assert names("max=1&after=Shop-1") == ["Shop-2"]


def test_who_may_look_sees_names_alone(world: World, helper: str) -> None:
    make(world, helper)
    world.add_person("demo", "looker", "query-clients")
    looker = world.sign_in("demo", "looker")
    told = world.call("GET", f"{CLIENTS}?clientId=app", looker).json()
    assert [set(client) for client in told] == [{"id", "clientId"}]
    assert world.call("GET", f"{CLIENTS}?viewableOnly=true", looker).json() == []
    assert world.call("GET", f"{CLIENTS}/{told[0]['id']}", looker).status_code == 403


def test_two_administrators_do_not_overwrite_each_other(world: World, helper: str) -> None:
    path = make(world, helper)
    seen = world.call("GET", path, helper).headers["etag"]
    assert world.call("PUT", path, helper, json={"name": "A"}, headers={"if-match": seen}).status_code == 204
    for method, body in (("PUT", {"name": "B"}), ("DELETE", None)):
        assert world.call(method, path, helper, json=body, headers={"if-match": seen}).status_code == 412
    assert row(world, path).name == "A"


@pytest.mark.parametrize("own", ["account-console", "security-admin-console"])
def test_clients_of_our_own_pages_are_not_a_lesser_administrators(world: World, own: str) -> None:
    """Whoever changes them can lock everybody out."""
    client_id = world.add_client("demo", own, secret=None)
    world.add_person("demo", "lesser", "manage-clients")
    world.add_person("demo", "boss", "realm-admin")
    lesser, boss = world.sign_in("demo", "lesser"), world.sign_in("demo", "boss")
    path = f"/realms/demo/clients/{client_id}"
    for method, below, body in (
        ("PUT", "", {"enabled": False}),
        ("PUT", "", {"directAccessGrantsEnabled": True}),
        ("POST", "/registration-access-token", None),
        ("DELETE", "", None),
    ):
        assert world.call(method, f"{path}{below}", lesser, json=body).status_code == 403, (method, below)
    assert world.call("DELETE", path, boss).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"rootUrl": "http://[::1", "baseUrl": "/x"},
        {"rootUrl": "https://[", "redirectUris": ["/a"]},
        {"rootUrl": "https://x", "attributes": {"post.logout.redirect.uris": "//[##+"}},
        {"rootUrl": "https://x", "redirectUris": ["//["]},
        {"rootUrl": "https://x", "baseUrl": "//["},
    ],
)
def test_addresses_that_are_none_are_refused_or_stay_below_the_root(
    world: World, helper: str, body: dict[str, Any]
) -> None:
    path = make(world, helper)
    response = world.call("PUT", path, helper, json=body)
    assert response.status_code in {204, 400}
    told = world.call("GET", path, helper).json()
    assert all(uri.startswith(("https://x/", CALLBACK)) for uri in told["redirectUris"])
