"""Registering a client (OpenID Connect Dynamic Client Registration 1.0 section 3, RFC 7591 section 3)."""

from typing import Any

import pytest
from sqlalchemy import select

from idp.models import Client
from tests.oidc.provider import CALLBACK, CHALLENGE, ISSUER, VERIFIER, answer_of, basic
from tests.oidc.registration.conftest import ENDPOINT, Registry

RSA_KEY = {"kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
           "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}  # fmt: skip


def row_of(registry: Registry, client_id: str) -> Client:
    """Return the client's row."""
    with registry.provider.transaction() as session:
        return session.scalars(select(Client).where(Client.client_id == client_id)).one()


def test_client_is_told_who_it_is(registry: Registry) -> None:
    """RFC 7591 section 3.2.1: 201, not to be stored, with the credentials and all that is registered."""
    response = registry.register(client_name="My App")
    told = response.json()

    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"] == "application/json"
    assert told["registration_client_uri"] == f"{ISSUER}/clients-registrations/openid-connect/{told['client_id']}"
    assert told["client_id_issued_at"] == int(registry.provider.clock.now().timestamp())
    assert told["client_secret_expires_at"] == 0
    assert (len(told["client_secret"]), len(told["registration_access_token"])) == (64, 43)
    assert (told["client_name"], told["redirect_uris"]) == ("My App", [CALLBACK])


def test_defaults_are_those_of_the_specification(registry: Registry) -> None:
    """RFC 7591 section 2, OpenID Registration section 2."""
    told = registry.get_client()

    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    assert told["grant_types"] == ["authorization_code"]
    assert told["response_types"] == ["code"]
    assert (told["application_type"], told["subject_type"]) == ("web", "public")
    assert told["id_token_signed_response_alg"] == "RS256"
    assert told["scope"] == "openid profile email address phone offline_access"


def test_stranger_gets_nothing_that_could_harm(registry: Registry) -> None:
    """What only an administrator says is not taken from a client; people are asked for consent."""
    hostile = {
        "first_party": True, "consent_required": False, "enabled": True, "security_profile": "fapi2",
        "certificate_policy": "realm", "web_origins": ["https://evil.example"], "mappers": [{"name": "x"}],
        "resources": ["https://api.example"], "access_token_lifetime": 86400, "access_token_format": "opaque",
        "client_id": "account-console", "client_secret": "chosen-by-a-stranger", "realm_id": "other",
        "registration_access_token": "mine", "secret_encrypted": "x", "id": "1", "pkce_required": False,
    }  # fmt: skip
    told = registry.get_client(**hostile)
    row = row_of(registry, told["client_id"])

    assert (row.first_party, row.consent_required, row.security_profile) == (False, True, "")
    assert (row.web_origins, row.mappers, row.resources, row.access_token_format) == ([], [], [], "jwt")
    assert row.realm_id == registry.provider.realm_id
    assert told["client_secret"] != "chosen-by-a-stranger"
    assert told["registration_access_token"] != "mine"
    assert not {"first_party", "consent_required", "mappers", "web_origins"} & told.keys()


def test_secrets_are_stored_as_digest_and_ciphertext(registry: Registry) -> None:
    """Who reads the table can be nobody."""
    told = registry.get_client()
    row = row_of(registry, told["client_id"])

    assert row.secret_encrypted is not None
    assert told["client_secret"].encode() not in row.secret_encrypted
    assert row.registration_token_digest not in (None, told["registration_access_token"])


def test_unknown_members_are_ignored(registry: Registry) -> None:
    """RFC 7591 section 2; names for languages (section 2.2) are such."""
    told = registry.get_client(client_name="App", **{"client_name#de": "Anwendung", "x_unknown": {"deep": [1]}})

    assert told["client_name"] == "App"
    assert not {"client_name#de", "x_unknown"} & told.keys()


def test_null_is_as_good_as_absent(registry: Registry) -> None:
    """RFC 7592 section 2.2 says so of changes; it holds for all."""
    told = registry.send({"redirect_uris": [CALLBACK], "client_name": None, "grant_types": None, "jwks": None}).json()

    assert told["grant_types"] == ["authorization_code"]
    assert "client_name" not in told


def test_scope_is_cut_to_what_strangers_may_have(registry: Registry) -> None:
    """RFC 7591 section 3.2.1: the answer says what was registered; x509 and the realm's own scopes are not for everybody."""
    assert registry.get_client(scope="openid reports x509 email")["scope"] == "openid email"
    refused = registry.register(scope="reports")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize(
    ("method", "has_secret"),
    [("client_secret_basic", True), ("client_secret_post", True), ("client_secret_jwt", True),
     ("none", False), ("private_key_jwt", False), ("self_signed_tls_client_auth", False)],
)  # fmt: skip
def test_secret_is_for_those_who_use_one(registry: Registry, method: str, has_secret: bool) -> None:
    """RFC 7591 section 3.2.1: client_secret is optional."""
    keys = {"jwks": {"keys": [RSA_KEY]}} if method in {"private_key_jwt", "self_signed_tls_client_auth"} else {}
    told = registry.get_client(token_endpoint_auth_method=method, **keys)

    assert ("client_secret" in told, "client_secret_expires_at" in told) == (has_secret, has_secret)
    assert told["token_endpoint_auth_method"] == method


def test_registered_client_works_after_consent(registry: Registry) -> None:
    """From registration to tokens, without PKCE as a confidential client may; somebody who is signed in is asked first."""
    told = registry.get_client(client_name="App")
    registry.provider.sign_in()

    response = registry.provider.authorize(client_id=told["client_id"], prompt="none")
    assert answer_of(response)["error"] == "consent_required"
    with registry.provider.transaction() as session:  # the consent itself is tested where it is asked for
        session.get_one(Client, row_of(registry, told["client_id"]).id).consent_required = False
    registry.provider.forget()
    code = answer_of(registry.provider.authorize(client_id=told["client_id"]))["code"]
    tokens = registry.provider.exchange_code(code, auth=(told["client_id"], told["client_secret"]))
    assert tokens.status_code == 200, tokens.text


def test_public_client_needs_pkce_and_its_pages_may_read(registry: Registry) -> None:
    """RFC 9700 section 2.1.1; its scripts are where its redirect URIs are, and nowhere else."""
    uris = ["https://spa.example/callback", "https://spa.example:8443/x"]
    told = registry.get_client(token_endpoint_auth_method="none", redirect_uris=uris)
    registry.provider.sign_in()
    asked = {"client_id": told["client_id"], "redirect_uri": uris[0], "prompt": "none"}

    refused = registry.provider.authorize(**asked)
    assert "error=invalid_request" in refused.headers["location"]
    challenged = registry.provider.authorize(**asked, code_challenge=CHALLENGE, code_challenge_method="S256")
    assert "error=consent_required" in challenged.headers["location"]
    assert row_of(registry, told["client_id"]).web_origins == ["https://spa.example", "https://spa.example:8443"]
    assert len(VERIFIER) == 64


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        # redirect URIs; oidcc-redirect-uri-regfrag is the first
        ({"redirect_uris": [f"{CALLBACK}#fragment"]}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": CALLBACK}, "invalid_redirect_uri"),
        ({"redirect_uris": [CALLBACK, "javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://app.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["com.example.app:/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [1]}, "invalid_redirect_uri"),
        ({"redirect_uris": [f"https://app.example/{n}" for n in range(60)]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["https://app.example/" + "a" * 3000]}, "invalid_redirect_uri"),
        # what is for administrators
        ({"response_types": ["code id_token"], "grant_types": ["authorization_code", "implicit"]}, None),
        ({"grant_types": ["authorization_code", "client_credentials"]}, None),
        ({"grant_types": ["urn:ietf:params:oauth:grant-type:token-exchange"], "response_types": []}, None),
        # what does not go together
        ({"response_types": ["token"]}, None),
        ({"grant_types": ["refresh_token"], "response_types": ["code"]}, None),
        ({"jwks": {"keys": [RSA_KEY]}, "jwks_uri": "https://app.example/jwks"}, None),
        ({"token_endpoint_auth_method": "private_key_jwt"}, None),
        ({"token_endpoint_auth_method": "tls_client_auth"}, None),
        ({"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=a",
          "tls_client_auth_san_dns": "a.example"}, None),
        ({"token_endpoint_auth_method": "client_secret_jwt", "token_endpoint_auth_signing_alg": "RS256"}, None),
        ({"subject_type": "pairwise", "redirect_uris": [CALLBACK, "https://b.example/cb"]}, None),
        ({"frontchannel_logout_uri": "https://other.example/logout"}, None),
        # what does not exist
        ({"token_endpoint_auth_method": "password"}, None),
        ({"id_token_signed_response_alg": "none"}, None),
        ({"id_token_signed_response_alg": "HS256"}, None),
        ({"userinfo_signed_response_alg": "XX"}, None),
        ({"id_token_encrypted_response_alg": "RSA-OAEP"}, None),
        ({"subject_type": "secret"}, None),
        ({"application_type": "desktop"}, None),
        # oidcc-3rd_party-init-login-nohttps
        ({"initiate_login_uri": "http://app.example/login"}, None),
        ({"initiate_login_uri": "javascript:alert(1)"}, None),
        # links that run something
        ({"logo_uri": "javascript:alert(1)"}, None),
        ({"policy_uri": "data:text/html,x"}, None),
        ({"tos_uri": "JaVaScRiPt:alert(1)"}, None),
        ({"client_uri": "https://app.example/\"onload='"}, None),
        # wrong types
        ({"client_name": 5}, None), ({"client_name": ["a"]}, None), ({"client_name": "a" * 256}, None),
        ({"client_name": "a\nb"}, None), ({"client_name": "\u202eppa"}, None),
        ({"contacts": "a@example.org"}, None), ({"contacts": [{}]}, None),
        ({"default_max_age": "10"}, None), ({"default_max_age": -1}, None), ({"default_max_age": True}, None),
        ({"default_max_age": 10**30}, None), ({"default_max_age": 1.5}, None),
        ({"require_auth_time": "true"}, None), ({"require_auth_time": 1}, None),
        ({"grant_types": "authorization_code"}, None), ({"grant_types": [["authorization_code"]]}, None),
        ({"scope": ["openid"]}, None), ({"scope": "openid \"x"}, None), ({"scope": "a" * 5000}, None),
        ({"jwks": "x"}, None), ({"jwks": []}, None), ({"jwks": {"keys": {}}}, None), ({"jwks": {"keys": []}}, None),
        ({"jwks": {"keys": ["x"]}}, None), ({"jwks": {"keys": [RSA_KEY] * 100}}, None),
        ({"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}}, None), ({"jwks": {"keys": [{**RSA_KEY, "d": "x"}]}}, None),
        ({"jwks": {"keys": [{"kty": "EC"}]}}, None), ({"jwks": {"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}}, None),
        ({"subject_type": ["public"]}, None), ({"subject_type": {}}, None), ({"application_type": []}, None),
        ({"token_endpoint_auth_method": ["none"]}, None), ({"tls_client_auth_subject_dn": {"a": 1}}, None),
    ],
)  # fmt: skip
def test_metadata_that_does_not_fit_is_refused(registry: Registry, metadata: dict[str, Any], error: str | None) -> None:
    """RFC 7591 section 3.2.2: 400 with one of two errors and a text; nothing is registered, and the event says why."""
    response = registry.register(**metadata)

    assert response.status_code == 400, response.text
    assert response.json()["error"] == (error or "invalid_client_metadata")
    assert response.json()["error_description"].isascii()
    assert response.headers["cache-control"] == "no-store"
    with registry.provider.transaction() as session:
        assert (
            session.scalars(select(Client.client_id).where(Client.registration_token_digest.is_not(None))).all() == []
        )
    assert len(registry.provider.events("client:registration:failure")) == 1


def test_software_statement_is_refused(registry: Registry) -> None:
    """RFC 7591 section 3.2.2: nobody's are trusted."""
    response = registry.register(software_statement="e30.e30.")

    assert (response.status_code, response.json()["error"]) == (400, "invalid_software_statement")


@pytest.mark.parametrize(
    "content",
    ["", "null", "[]", '"x"', "{", '{"redirect_uris":["https://a.example/cb"],"redirect_uris":[]}', "[" * 60_000,
     '{"a":' * 3000 + "1" + "}" * 3000, '{"client_name":"\\u0000"}', '{"client_name":"\\ud800"}', '{"a":NaN}',
     '{"default_max_age":' + "9" * 5000 + "}", b"\xff\xfe", "redirect_uris=https%3A%2F%2Fapp.example"],
)  # fmt: skip
def test_body_that_is_no_document_is_refused(registry: Registry, content: str | bytes) -> None:
    """With the error of RFC 7591, never with a 500."""
    response = registry.send(content)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_client_metadata")


def test_body_that_is_too_large_is_refused(registry: Registry) -> None:
    """64 KiB, as for forms."""
    response = registry.send({"redirect_uris": [CALLBACK], "client_name": "a" * 70_000})

    assert (response.status_code, response.json()["error"]) == (413, "invalid_client_metadata")


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jwt"])
def test_body_of_another_type_is_refused(registry: Registry, media_type: str) -> None:
    """A page of another site can send such without being asked first (the Fetch standard, section 2.2.2)."""
    registry.headers["content-type"] = media_type
    assert registry.register().status_code == 415


def test_only_post_registers(registry: Registry) -> None:
    """RFC 7591 section 3.1."""
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        assert registry.provider.http.request(method, ENDPOINT).status_code == 405


def test_two_clients_are_two(registry: Registry) -> None:
    """The same document twice gives other credentials; neither can use the other's."""
    one, two = registry.get_client(), registry.get_client()

    for name in ("client_id", "client_secret", "registration_access_token"):
        assert one[name] != two[name]
    wrong = registry.provider.http.post(
        registry.provider.path("token"),
        data={"grant_type": "authorization_code", "code": "x"},
        headers=basic(one["client_id"], two["client_secret"]),
    )
    assert wrong.json()["error"] == "invalid_client"


def test_registration_leaves_an_event_without_secrets(registry: Registry) -> None:
    """Who registered what, and from where."""
    told = registry.get_client(client_name="App")
    (event,) = registry.provider.events("client:registration:create")

    assert (event.client_id, event.details["redirect_uris"]) == (told["client_id"], [CALLBACK])
    text = str(event.details)
    assert told["client_secret"] not in text
    assert told["registration_access_token"] not in text
