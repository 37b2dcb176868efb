"""oidcc-dynamic-certification-test-plan and oidcc-3rdparty-init-login-certification-test-plan, named by module."""

import base64
import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from idp.clients.clients import find_client
from idp.keys.signing_keys import rotate_signing_keys
from idp.models import Realm
from tests.conformance.dynamic import SUITE, DynamicRobot, Web, open_web
from tests.conformance.robot import ENDPOINTS, ISSUER
from tests.provider import Provider


@pytest.fixture
def web(provider: Provider) -> Web:
    """The rest of the web, and a realm open for registrations."""
    return open_web(provider)


def robot_of(provider: Provider, web: Web, redirect_uri: str = f"{SUITE}/callback", **metadata: Any) -> DynamicRobot:
    return DynamicRobot(provider, web=web, redirect_uri=redirect_uri, metadata_sent=metadata)


def segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_oidcc_server(provider: Provider, web: Web) -> None:
    """A client that has just registered signs somebody in."""
    robot = robot_of(provider, web)
    tokens = robot.tokens()
    assert robot.userinfo(tokens["access_token"]).json()["sub"] == tokens["claims"]["sub"]


def test_oidcc_discovery_endpoint_verification(provider: Provider, web: Web) -> None:
    """What the Dynamic profile requires of the metadata."""
    metadata = robot_of(provider, web).metadata()
    assert metadata["issuer"] == ISSUER
    assert metadata["registration_endpoint"].startswith(ISSUER)
    assert metadata["request_uri_parameter_supported"] is True
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert {"public", "pairwise"} <= set(metadata["subject_types_supported"])
    assert "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"]


def test_oidcc_idtoken_rs256(provider: Provider, web: Web) -> None:
    """The algorithm that was registered."""
    robot = robot_of(provider, web, id_token_signed_response_alg="RS256")
    header = json.loads(base64.urlsafe_b64decode(robot.tokens()["id_token"].split(".")[0] + "=="))
    assert header["alg"] == "RS256"


def test_oidcc_idtoken_unsigned(provider: Provider, web: Web) -> None:
    """Not offered, so the registration is refused."""
    response = robot_of(provider, web).register(id_token_signed_response_alg="none")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_client_metadata")


def test_oidcc_userinfo_rs256(provider: Provider, web: Web) -> None:
    """A signed UserInfo answer, with issuer and audience (OpenID Connect Core section 5.3.2)."""
    robot = robot_of(provider, web, userinfo_signed_response_alg="RS256")
    response = robot.userinfo(robot.tokens()["access_token"])
    assert response.headers["content-type"] == "application/jwt"
    keys = KeySet.import_key_set(robot.http.get(f"{ENDPOINTS}/certs").json())
    claims = jwt.decode(response.text, keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"]) == (ISSUER, robot.client_id)


def test_oidcc_ensure_redirect_uri_in_authorization_request(provider: Provider, web: Web) -> None:
    """Without a redirect_uri a page, even for a client that has only one."""
    page = robot_of(provider, web).open(redirect_uri=None)
    assert page.status == 400
    assert page.url.startswith(ENDPOINTS)


def test_oidcc_redirect_uri_query_OK(provider: Provider, web: Web) -> None:  # noqa: N802 (the module's name)
    """A registered query is kept, and the answer added to it."""
    robot = robot_of(provider, web, f"{SUITE}/callback?foo=bar")
    answer = robot.authorize()
    assert answer["foo"] == "bar"
    assert robot.exchange(answer["code"]).status_code == 200


@pytest.mark.parametrize("query", ["?foo=other", "", "?foo=bar&x=y"])
def test_oidcc_redirect_uri_query_mismatch(provider: Provider, web: Web, query: str) -> None:
    """Another query than the registered one is another address."""
    page = robot_of(provider, web, f"{SUITE}/callback?foo=bar").open(redirect_uri=f"{SUITE}/callback{query}")
    assert page.status == 400


def test_oidcc_redirect_uri_query_added(provider: Provider, web: Web) -> None:
    """A query where none is registered."""
    assert robot_of(provider, web).open(redirect_uri=f"{SUITE}/callback?foo=bar").status == 400


def test_oidcc_redirect_uri_regfrag(provider: Provider, web: Web) -> None:
    """A fragment cannot be registered."""
    response = robot_of(provider, web).register(redirect_uris=[f"{SUITE}/callback#fragment"])
    assert (response.status_code, response.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.parametrize("member", ["logo_uri", "policy_uri", "tos_uri"])
def test_oidcc_registration_links(provider: Provider, web: Web, member: str) -> None:
    """oidcc-registration-logo-uri, -policy-uri, -tos-uri: registered; the consent page links to the latter two."""
    robot = robot_of(provider, web, **{member: f"{SUITE}/{member}"})
    assert robot.registered[member] == f"{SUITE}/{member}"
    robot.open()
    page = robot.sign_in()
    assert "/login/consent" in page.url
    assert (f"{SUITE}/{member}" in page.html) == (member != "logo_uri")


def test_oidcc_registration_jwks_uri(provider: Provider, web: Web) -> None:
    """Keys by reference, fetched when an assertion is to be verified."""
    robot = robot_of(provider, web, jwks_uri=f"{SUITE}/jwks")
    robot.publish(f"{SUITE}/jwks", robot.jwks)
    robot.tokens()


def test_oidcc_registration_sector_uri(provider: Provider, web: Web) -> None:
    """A sector's document that lists all redirect URIs; the subject is pairwise, and the same for all clients of it."""
    web.documents[f"{SUITE}/sector"] = json.dumps([f"{SUITE}/callback", f"{SUITE}/other"]).encode()
    sector = {"subject_type": "pairwise", "sector_identifier_uri": f"{SUITE}/sector"}
    one = robot_of(provider, web, **sector)
    other = robot_of(provider, web, f"{SUITE}/other", **sector)
    public = robot_of(provider, web)
    subjects = [robot.tokens()["claims"]["sub"] for robot in (one, other, public)]
    assert subjects[0] == subjects[1] != subjects[2]


def test_oidcc_registration_sector_bad(provider: Provider, web: Web) -> None:
    """A document that does not list them."""
    web.documents[f"{SUITE}/sector"] = json.dumps([f"{SUITE}/other"]).encode()
    response = robot_of(provider, web).register(subject_type="pairwise", sector_identifier_uri=f"{SUITE}/sector")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_client_metadata")


def test_oidcc_server_rotate_keys(provider: Provider, web: Web) -> None:
    """After a rotation there are new keys, new tokens name them, and the old ones still verify."""
    robot = robot_of(provider, web)
    before = robot.tokens()
    old = json.loads(base64.urlsafe_b64decode(before["id_token"].split(".")[0] + "=="))["kid"]
    provider.clock.advance(minutes=2)
    with provider.services.database.transaction() as session:
        realm = session.query(Realm).filter_by(name="demo").one()
        rotate_signing_keys(session, provider.services.cipher, provider.clock, realm.id)
    provider.services.keyrings.clear()
    after = robot.tokens()
    new = json.loads(base64.urlsafe_b64decode(after["id_token"].split(".")[0] + "=="))["kid"]
    assert new != old
    assert old in {key["kid"] for key in robot.http.get(f"{ENDPOINTS}/certs").json()["keys"]}
    robot.verify_id_token(before["id_token"], before["access_token"])


def test_oidcc_refresh_token(provider: Provider, web: Web) -> None:
    """A refresh, authenticated by an assertion."""
    robot = robot_of(provider, web)
    tokens = robot.tokens()
    refreshed = robot.token({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}).json()
    assert robot.verify_id_token(refreshed["id_token"], nonce=None)["sub"] == tokens["claims"]["sub"]


def test_oidcc_refresh_token_rp_key_rotation(provider: Provider, web: Web) -> None:
    """The client changes its key: the new one is fetched, and the old one counts no more once it is gone."""
    robot = robot_of(provider, web, jwks_uri=f"{SUITE}/jwks")
    robot.publish(f"{SUITE}/jwks", robot.jwks)
    tokens, old = robot.tokens(), robot.key
    robot.key = RSAKey.generate_key(2048, {"kid": "rp-2", "use": "sig"}, private=True)
    robot.publish(f"{SUITE}/jwks", robot.jwks)
    provider.clock.advance(minutes=2)
    refreshed = robot.token({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 200, refreshed.text
    robot.key = old
    provider.clock.advance(minutes=2)
    response = robot.token({"grant_type": "refresh_token", "refresh_token": refreshed.json()["refresh_token"]})
    assert response.json()["error"] == "invalid_client"


def _request_claims(robot: DynamicRobot) -> dict[str, Any]:
    return {
        "iss": robot.client_id, "aud": ISSUER, "client_id": robot.client_id, "response_type": "code",
        "redirect_uri": robot.redirect_uri, "scope": "openid", "state": "st~1", "nonce": "n~1",
    }  # fmt: skip


def test_oidcc_request_uri_unsigned(provider: Provider, web: Web) -> None:
    """A client registered for unsigned request objects, by reference."""
    uri = f"{SUITE}/request.jwt"
    robot = robot_of(provider, web, request_object_signing_alg="none", request_uris=[uri])
    robot.publish(uri, f"{segment({'alg': 'none'})}.{segment(_request_claims(robot))}.")
    answer = robot.authorize(request_uri=uri, nonce=None, state=None)
    assert answer["state"] == "st~1"
    robot.verify_id_token(robot.exchange(answer["code"]).json()["id_token"])


def test_oidcc_request_uri_signed_rs256(provider: Provider, web: Web) -> None:
    """The same, signed with the client's key; a changed one is refused."""
    uri = f"{SUITE}/request.jwt"
    robot = robot_of(provider, web, request_object_signing_alg="RS256", request_uris=[uri])
    robot.publish(uri, robot.sign(_request_claims(robot)))
    robot.verify_id_token(robot.exchange(robot.authorize(request_uri=uri)["code"]).json()["id_token"])
    header, payload, signature = web.documents[uri].decode().split(".")
    forged = segment({**_request_claims(robot), "scope": "openid email"})
    assert payload != forged
    robot.publish(uri, f"{header}.{forged}.{signature}")
    assert robot.open(request_uri=uri).query["error"] in {"invalid_request_object", "invalid_request_uri"}


def test_oidcc_ensure_request_object_with_redirect_uri(provider: Provider, web: Web) -> None:
    """The object's redirect_uri is checked like any other."""
    robot = robot_of(provider, web, request_object_signing_alg="RS256")
    good = robot.sign(_request_claims(robot))
    assert "code" in robot.authorize(request=good)
    bad = robot.sign({**_request_claims(robot), "redirect_uri": f"{SUITE}/other"})
    page = robot.open(request=bad)
    assert not page.url.startswith(f"{SUITE}/other")


def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(provider: Provider, web: Web) -> None:
    """The issuer as the assertion's audience."""
    robot = robot_of(provider, web)
    code = robot.authorize()["code"]
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": robot.redirect_uri,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": robot.sign_assertion(aud=ISSUER),
    }  # fmt: skip
    assert robot.http.post(f"{ENDPOINTS}/token", data=form).status_code == 200


def test_oidcc_3rd_party_init_login(provider: Provider, web: Web) -> None:
    """The provider sends the browser to where the client begins a login, with its issuer."""
    robot = robot_of(provider, web, initiate_login_uri=f"{SUITE}/begin")
    page = robot.browser.get(f"{ISSUER}/clients/{robot.client_id}/redirect")
    assert page.url.startswith(f"{SUITE}/begin?")
    assert page.query["iss"] == ISSUER


def test_oidcc_3rd_party_init_login_nohttps(provider: Provider, web: Web) -> None:
    """An address without https is refused."""
    response = robot_of(provider, web).register(initiate_login_uri="http://suite.example/begin")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_client_metadata")


def test_registration_leaves_a_client_that_must_ask(provider: Provider, web: Web) -> None:
    """ASVS 5 10.4.7: whoever registers itself is nobody the realm trusts."""
    robot = robot_of(provider, web)
    with provider.services.database.transaction() as session:
        realm = session.query(Realm).filter_by(name="demo").one()
        row = find_client(session, realm.id, robot.client_id)
        assert row is not None
        assert (row.consent_required, row.first_party) == (True, False)
