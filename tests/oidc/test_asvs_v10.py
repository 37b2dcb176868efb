"""The lines of OWASP ASVS 5.0 V10 that concern the provider, a test for each, named by its number.

10.5 concerns relying parties: tests/demo/application/test_asvs_v10_5.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.models import Client, UserSession
from idp.oidc.codes import CODE_LIFETIME
from tests.conformance.robot import Robot
from tests.oidc.fapi import FapiClient
from tests.oidc.provider import CALLBACK, CHALLENGE, SECRET, VERIFIER, Provider, answer_of, basic, decode_claims
from tests.oidc.registration.conftest import Registry, closed_registry, registry
from tests.oidc.test_rfc9700 import NEAR_MISSES
from tests.provider import Forms, Page, open_dashboard, run_provider

__all__ = ["closed_registry", "registry"]
S256 = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
OFFLINE = "openid offline_access"


@pytest.fixture
def bank(signed_in: Provider) -> FapiClient:
    """A client under the FAPI 2.0 Security Profile, which has what V10 wants at its third level."""
    return FapiClient(signed_in).register()


@pytest.fixture
def robot(database_url: str, tmp_path: Path) -> Iterator[Robot]:
    """A client of a complete provider, with its dashboard, that people have to allow in."""
    with run_provider(database_url, tmp_path) as provider:
        robot = Robot(provider)
        with provider.services.database.transaction() as session:
            client = session.query(Client).filter_by(client_id=robot.client_id).one()
            client.consent_required = True
            client.access_token_format = "opaque"
        provider.services.clients.clear()
        yield robot


def allow(robot: Robot, **parameters: str) -> dict[str, Any]:
    """Sign in where that is asked for, allow the client what it asks for, and return its tokens."""
    page = robot.open(**parameters)
    page = robot.sign_in() if "/login/password" in page.url else page
    form = Forms(page.html).forms[0]
    answer = robot.answer(robot.browser.post(form["action"], {**form["fields"], "decision": "allow"}))
    return dict(robot.exchange(answer["code"]).json())


def refresh(robot: Robot, tokens: dict[str, Any]) -> Any:
    """Use the refresh token."""
    return robot.token({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})


def remove_application(robot: Robot) -> Page:
    """Press *Remove access* on the dashboard's page of applications."""
    open_dashboard(robot.browser)
    page = robot.browser.get("/realms/demo/account/applications")
    form = next(form for form in Forms(page.html).forms if form["action"].endswith("/remove"))
    return robot.browser.post(form["action"], form["fields"])


def public_tokens(provider: Provider) -> dict[str, Any]:
    """Return tokens of the public client."""
    code = provider.get_code(client_id="spa", scope=OFFLINE, **S256)
    response = provider.exchange_code(code, auth=None, client_id="spa", code_verifier=VERIFIER)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.parametrize("uri", [*NEAR_MISSES, "https://spa.example/back", None])
def test_10_4_1_redirect_uris_are_the_clients_own_compared_exactly(signed_in: Provider, uri: str | None) -> None:
    """Another client's address is as wrong as one that nobody has; both at the front and when a request is pushed."""
    signed_in.add_client("neighbour", redirect_uris=["https://spa.example/back"])
    response = signed_in.authorize(redirect_uri=uri)
    assert (response.status_code, "location" in response.headers) == (400, False)
    form = {"response_type": "code", "redirect_uri": uri, "scope": "openid"}
    sent = {name: value for name, value in form.items() if value is not None}
    pushed = signed_in.http.post(signed_in.path("ext/par/request"), data=sent, headers=basic("app", SECRET))
    assert (pushed.status_code, pushed.json()["error"]) == (400, "invalid_request")


def test_10_4_2_second_use_of_a_code_revokes_what_the_first_gave(signed_in: Provider) -> None:
    """Refused, and access and refresh token are worth nothing."""
    code = signed_in.get_code(scope=OFFLINE)
    tokens = signed_in.exchange_code(code).json()
    again = signed_in.exchange_code(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert signed_in.userinfo(tokens["access_token"]).status_code == 401
    assert signed_in.introspect(tokens["access_token"]) == {"active": False}
    assert signed_in.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_10_4_3_code_lives_for_a_minute(signed_in: Provider) -> None:
    """The limit of the third level."""
    assert CODE_LIFETIME.total_seconds() <= 60
    early, late = signed_in.get_code(), signed_in.get_code()
    signed_in.clock.advance(seconds=59)
    assert signed_in.exchange_code(early).status_code == 200
    signed_in.clock.advance(seconds=1)
    assert signed_in.exchange_code(late).json()["error"] == "invalid_grant"


def test_10_4_4_client_uses_the_grants_it_is_registered_for(signed_in: Provider) -> None:
    """All others are refused to it; a new client has neither password nor implicit."""
    assert signed_in.token(grant_type="password", username="alice", password="x").json()["error"] == (
        "unauthorized_client"
    )
    assert answer_of_fragment(signed_in.authorize(response_type="token"))["error"] in {
        "unauthorized_client",
        "unsupported_response_type",
    }
    signed_in.add_client("robot", grant_types=["client_credentials"])
    assert answer_of(signed_in.authorize(client_id="robot"))["error"] == "unauthorized_client"
    signed_in.add_client("reader", grant_types=["authorization_code"])
    for grant in ("client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"):
        sent = {"refresh_token": "x", "device_code": "x"}
        response = signed_in.token(auth=("reader", SECRET), grant_type=grant, **sent)
        assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client"), grant


def answer_of_fragment(response: Any) -> dict[str, str]:
    """Return the parameters that a redirect carries in its fragment."""
    location = response.headers["location"]
    assert location.startswith(f"{CALLBACK}#")
    return dict(pair.split("=", 1) for pair in location.partition("#")[2].split("&"))


def test_10_4_5_replayed_refresh_token_of_a_public_client_ends_the_family(signed_in: Provider) -> None:
    """Each is good once; the second use ends the newest too, and the access tokens."""
    first = public_tokens(signed_in)
    second = signed_in.refresh(first["refresh_token"], auth=None, client_id="spa").json()
    assert second["refresh_token"] != first["refresh_token"]
    signed_in.clock.advance(minutes=1)
    for tokens in (first, second):
        response = signed_in.refresh(tokens["refresh_token"], auth=None, client_id="spa")
        assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
        assert signed_in.userinfo(tokens["access_token"]).status_code == 401


def test_10_4_6_pkce_is_required_and_plain_refused(signed_in: Provider) -> None:
    """Of public clients always, of confidential ones unless an administrator has said otherwise."""
    with signed_in.transaction() as session:
        assert Client.__table__.c.pkce_required.default.arg is True
        session.query(Client).filter_by(client_id="app").one().pkce_required = True
    signed_in.forget()
    for client_id in ("app", "spa"):
        for ask in ({}, {"code_challenge": VERIFIER, "code_challenge_method": "plain"}, {"code_challenge": CHALLENGE}):
            answer = answer_of(signed_in.authorize(client_id=client_id, **ask))
            assert answer["error"] == "invalid_request", (client_id, ask)
    code = signed_in.get_code(**S256)
    for wrong in ({}, {"code_verifier": "w" * 64}, {"code_verifier": CHALLENGE}):
        assert signed_in.exchange_code(code, **wrong).status_code == 400
    assert signed_in.exchange_code(code, code_verifier=VERIFIER).status_code == 200


def test_10_4_7_self_registered_client_is_checked_and_asked_about(registry: Registry) -> None:
    """Metadata is validated; such a client is nobody's own, people have to allow it, and administrators see it come."""
    for wrong in ({"redirect_uris": ["javascript:alert(1)"]}, {"redirect_uris": ["http://app.example/"]}):
        assert registry.register(**wrong).json()["error"] == "invalid_redirect_uri"
    for wrong in ({"grant_types": ["client_credentials"]}, {"response_types": ["token"]}):
        assert registry.register(**wrong).json()["error"] == "invalid_client_metadata"
    told = registry.get_client(client_name="Nice App", scope="openid email reports")
    assert set(told["scope"].split()) == {"openid", "email"}
    with registry.provider.transaction() as session:
        row = session.query(Client).filter_by(client_id=told["client_id"]).one()
        assert (row.consent_required, row.first_party) == (True, False)
    registry.provider.sign_in()
    silent = answer_of(registry.provider.authorize(client_id=told["client_id"], prompt="none"))
    assert silent["error"] == "consent_required"


@pytest.mark.parametrize(("scope", "step", "limit"), [("openid", {"minutes": 20}, 10 * 3600), (OFFLINE, {"days": 20}, 60 * 86400)])  # fmt: skip
def test_10_4_8_refresh_tokens_end_however_often_they_are_used(
    signed_in: Provider, scope: str, step: dict[str, float], limit: int
) -> None:
    """With the session; and with offline_access after sixty days."""
    began, tokens = signed_in.clock.now(), signed_in.get_tokens(scope=scope)
    while True:
        signed_in.clock.advance(**step)
        response = signed_in.refresh(tokens["refresh_token"])
        lived = (signed_in.clock.now() - began).total_seconds()
        if response.status_code != 200:
            break
        tokens = response.json()
        assert lived < limit
    assert response.json()["error"] == "invalid_grant"
    assert lived >= limit


def test_10_4_9_person_revokes_refresh_and_reference_tokens_on_the_dashboard(robot: Robot) -> None:
    """One button ends both."""
    tokens = allow(robot, scope=OFFLINE)
    assert "." not in tokens["access_token"]
    assert robot.userinfo(tokens["access_token"]).status_code == 200
    assert "was removed" in remove_application(robot).text
    assert robot.userinfo(tokens["access_token"]).status_code == 401
    assert refresh(robot, tokens).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("path", ["token", "ext/par/request", "revoke", "token/introspect", "auth/device"])
@pytest.mark.parametrize("secret", [None, "", "wrong", "another's-secret"])
def test_10_4_10_confidential_client_authenticates_at_every_back_channel(
    signed_in: Provider, path: str, secret: str | None
) -> None:
    """A client_id alone, a wrong secret and another client's open nothing."""
    signed_in.add_client("other", secret="another's-secret")
    form = {
        "grant_type": "authorization_code", "code": signed_in.get_code(), "redirect_uri": CALLBACK, "scope": "openid",
        "response_type": "code", "token": "x",
    }  # fmt: skip
    form |= {"client_id": "app"} if secret is None else {}
    headers = {} if secret is None else basic("app", secret)
    response = signed_in.http.post(signed_in.path(path), data=form, headers=headers)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_10_4_11_client_gets_no_scope_beyond_its_own(signed_in: Provider) -> None:
    """What it is not configured with is left out, or refused where nothing remains."""
    signed_in.add_client("modest", scope="openid", grant_types=["authorization_code", "client_credentials"])
    code = signed_in.get_code(client_id="modest", scope="openid email reports offline_access")
    tokens = signed_in.exchange_code(code, auth=("modest", SECRET)).json()
    assert decode_claims(tokens["access_token"])["scope"] == "openid"
    assert "email" not in signed_in.userinfo(tokens["access_token"]).json()
    answer = answer_of(signed_in.authorize(client_id="modest", scope="email"))
    assert answer["error"] == "invalid_scope"
    refused = signed_in.token(auth=("modest", SECRET), grant_type="client_credentials", scope="reports")
    assert refused.json()["error"] == "invalid_scope"


def test_10_4_12_only_the_response_modes_of_the_client(signed_in: Provider) -> None:
    """A client that is registered for form_post gets nothing in an address, whatever the request says, not even the error."""
    signed_in.add_client("poster", response_modes=["form_post"])
    for asked in ({}, {"response_mode": "form_post"}):
        page = signed_in.authorize(client_id="poster", **asked)
        assert page.status_code == 200
        assert 'name="code"' in page.text
    for mode in ("query", "fragment"):
        refused = signed_in.authorize(client_id="poster", response_mode=mode)
        assert refused.status_code == 200
        assert 'value="invalid_request"' in refused.text
        assert 'name="code"' not in refused.text


def test_10_4_12_errors_too_take_an_allowed_way(signed_in: Provider) -> None:
    """With the default of the response type not among the client's modes, its first one is taken."""
    signed_in.add_client("hash", response_modes=["fragment", "form_post"])
    location = signed_in.authorize(client_id="hash", response_mode="query").headers["location"]
    assert "#" in location
    assert "error=invalid_request" in location.partition("#")[2]
    assert "code=" in signed_in.authorize(client_id="hash").headers["location"].partition("#")[2]


def test_10_4_13_code_grant_only_with_pushed_requests(bank: FapiClient) -> None:
    """A client that has to push gets nothing for what the browser carried, and a code for what it pushed."""
    carried = {"response_type": "code", "redirect_uri": CALLBACK, "scope": "openid", **S256}
    assert answer_of(bank.open(**carried))["error"] == "invalid_request"
    assert "code" in bank.authorize()


def test_10_4_14_only_sender_constrained_access_tokens(bank: FapiClient) -> None:
    """Without a proof no token, from no grant; with one it is bound to the key, and worthless as a bearer token."""
    code = bank.authorize()["code"]
    assert bank.redeem(code).json()["error"] == "invalid_dpop_proof"
    assert bank.post("token", {"grant_type": "client_credentials"}).json()["error"] == "invalid_dpop_proof"
    tokens = bank.redeem(code, proof={}).json()
    assert tokens["token_type"] == "DPoP"
    assert decode_claims(tokens["access_token"])["cnf"] == {"jkt": bank.dpop.jkt}
    assert bank.provider.userinfo(tokens["access_token"]).status_code == 401


def test_10_4_15_authorization_details_are_not_offered(signed_in: Provider) -> None:
    """Nothing in the metadata, and what a browser carries of them reaches no token."""
    metadata = signed_in.http.get("/realms/demo/.well-known/openid-configuration").json()
    assert not [name for name in metadata if "authorization_details" in name]
    tokens = signed_in.get_tokens(authorization_details='[{"type":"payment","amount":"1"}]')
    assert "authorization_details" not in tokens
    assert "authorization_details" not in decode_claims(tokens["access_token"])
    assert "authorization_details" not in signed_in.introspect(tokens["access_token"])


def test_10_4_16_strong_client_authentication(bank: FapiClient) -> None:
    """Three methods without a shared secret are offered; who is registered for one cannot fall back to a secret."""
    metadata = bank.provider.http.get("/realms/demo/.well-known/openid-configuration").json()
    strong = {"tls_client_auth", "self_signed_tls_client_auth", "private_key_jwt"}
    assert strong <= set(metadata["token_endpoint_auth_methods_supported"])
    form = {"grant_type": "client_credentials"}
    assert bank.post("token", form, proof={}).status_code == 200
    weak: list[dict[str, Any]] = [
        {"auth": ("bank", SECRET)},
        {"auth": None, "client_id": "bank", "client_secret": SECRET},
    ]
    for sent in (*weak, {"auth": None, "client_id": "bank"}):
        response = bank.provider.token(**form, **sent)
        assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    stranger = FapiClient(bank.provider)
    assert stranger.post("token", form, proof={}).status_code == 401


@pytest.mark.parametrize("kind", ["token", "id_token token", "code token", "code id_token token", "id_token", "none"])
def test_10_6_1_no_response_type_but_code_unless_an_administrator_allows_it(
    signed_in: Provider, bank: FapiClient, kind: str
) -> None:
    """No access token from the front channel; under the profile not even an administrator can allow it."""
    location = signed_in.authorize(response_type=kind, nonce="n").headers["location"]
    assert "error=un" in location
    assert "token=" not in location
    assert "code=" not in location
    assert bank.push(response_type=kind).json()["error"] in {"unauthorized_client", "unsupported_response_type"}


@pytest.mark.parametrize("hint", [None, "nonsense", "of another session"])
def test_10_6_2_nobody_is_signed_out_by_a_link(signed_in: Provider, hint: str | None) -> None:
    """Without a genuine hint of this very session the person is asked, and the session lives."""
    sent = {} if hint is None else {"id_token_hint": hint}
    if hint == "of another session":
        sent["id_token_hint"] = signed_in.get_tokens()["id_token"]
        signed_in.sign_in()
    response = signed_in.http.get(signed_in.path("logout"), params=sent, headers={"cookie": signed_in.cookie})
    assert "Do you want to sign out?" in response.text
    with signed_in.transaction() as session:
        assert session.get_one(UserSession, signed_in.session_id).ended_at is None
    assert "code" in answer_of(signed_in.authorize(prompt="none"))


def test_10_7_1_client_that_is_not_trusted_gets_nothing_without_consent(robot: Robot) -> None:
    """Asked before the first code and for each further scope, never answered in silence; prompt=consent asks every time."""
    robot.open(scope="openid email")
    assert "/login/consent" in robot.sign_in().url
    assert robot.answer(robot.open(scope="openid email", prompt="none"))["error"] == "login_required"
    allow(robot, scope="openid email")
    assert "code" in robot.answer(robot.open(scope="openid email"))
    assert robot.answer(robot.open(scope="openid phone", prompt="none"))["error"] == "consent_required"
    assert "/login/consent" in robot.open(scope="openid email phone").url
    assert "/login/consent" in robot.open(scope="openid email", prompt="consent").url


def test_10_7_2_consent_page_says_what_to_whom_and_for_how_long(robot: Robot) -> None:
    """The application and its host, each scope, single claims, that it can be taken back, and what outlasts the session."""
    robot.open(scope="openid email phone offline_access", claims='{"userinfo":{"website":{"essential":true}}}')
    page = robot.sign_in()
    for text in (
        "App at localhost", "Your email address", "Your telephone number", "website",
        "it stays connected after you have signed out, until you end that", "You can take this back at any time",
    ):  # fmt: skip
        assert text in page.text, text
    assert "Your postal address" not in page.text


def test_10_7_3_person_reviews_and_revokes_consents(robot: Robot) -> None:
    """All are listed with what they allow; one that was taken back is asked for again."""
    allow(robot, scope="openid email offline_access")
    open_dashboard(robot.browser)
    page = robot.browser.get("/realms/demo/account/applications")
    for text in ("App", "Your email address", "stays connected"):
        assert text in page.text
    assert "Your telephone number" not in page.text
    assert "No application knows you yet" in remove_application(robot).text
    assert "/login/consent" in robot.open(scope="openid email").url
