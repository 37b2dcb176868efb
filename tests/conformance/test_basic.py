"""oidcc-basic-certification-test-plan and oidcc-formpost-basic-certification-test-plan: each test is named by its module."""

from typing import Any

import pytest

from tests.conformance.robot import CALLBACK, ENDPOINTS, ISSUER, Robot
from tests.provider import CHALLENGE, VERIFIER


def test_oidcc_server(robot: Robot) -> None:
    """Code flow: tokens, a valid ID Token, and a UserInfo answer about the same person."""
    tokens = robot.tokens()
    assert tokens["token_type"] == "Bearer"
    assert robot.userinfo(tokens["access_token"]).json()["sub"] == tokens["claims"]["sub"]


def test_oidcc_response_type_missing(robot: Robot) -> None:
    """An error, at the client or on a page."""
    page = robot.open(response_type=None)
    assert robot.answer(page)["error"] == "invalid_request"


def test_oidcc_idtoken_signature(robot: Robot) -> None:
    """Signed with a published key that its header names."""
    tokens = robot.tokens()
    assert tokens["claims"]["iss"] == ISSUER


def test_oidcc_idtoken_unsigned(robot: Robot) -> None:
    """Unsigned ID Tokens are not offered, so no client can be registered for them."""
    assert "none" not in robot.metadata()["id_token_signing_alg_values_supported"]


@pytest.mark.parametrize("how", ["get", "post header", "post body"])
def test_oidcc_userinfo(robot: Robot, how: str) -> None:
    """oidcc-userinfo-get, oidcc-userinfo-post-header, oidcc-userinfo-post-body."""
    response = robot.userinfo(robot.tokens()["access_token"], how)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json()["sub"]


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(robot: Robot) -> None:
    """The nonce is optional, and then it is not in the ID Token."""
    answer = robot.authorize(nonce=None)
    tokens = robot.exchange(answer["code"]).json()
    robot.verify_id_token(tokens["id_token"], tokens["access_token"], nonce=None)


_CLAIMS = {
    "profile": {"name", "given_name", "nickname", "preferred_username", "website", "updated_at"},
    "email": {"email", "email_verified"},
    "address": {"address"},
    "phone": {"phone_number", "phone_number_verified"},
}


@pytest.mark.parametrize("scope", [*_CLAIMS, "all"])
def test_oidcc_scope(robot: Robot, scope: str) -> None:
    """oidcc-scope-profile, -email, -address, -phone and -all: the claims of the scope, and of no other."""
    wanted = list(_CLAIMS) if scope == "all" else [scope]
    tokens = robot.tokens(scope=f"openid {' '.join(wanted)}")
    claims = robot.userinfo(tokens["access_token"]).json()
    assert set().union(*(_CLAIMS[name] for name in wanted)) <= claims.keys()
    assert claims.keys().isdisjoint(set().union(*(names for name, names in _CLAIMS.items() if name not in wanted)))
    if "address" in wanted:
        assert claims["address"]["locality"] == "Berlin"
    assert isinstance(claims.get("email_verified", True), bool)
    assert isinstance(claims.get("phone_number_verified", True), bool)
    assert isinstance(claims.get("updated_at", 0), int)


def test_oidcc_alternate_happy_flow(robot: Robot) -> None:
    """Another client and browser, other state and nonce, one after the other."""
    first = robot.tokens()
    answer = robot.authorize(state="other", nonce="other-nonce")
    assert answer["state"] == "other"
    tokens = robot.exchange(answer["code"]).json()
    assert robot.verify_id_token(tokens["id_token"], nonce="other-nonce")["sub"] == first["claims"]["sub"]


@pytest.mark.parametrize("display", ["page", "popup"])
def test_oidcc_display(robot: Robot, display: str) -> None:
    """oidcc-display-page, oidcc-display-popup: the login page comes."""
    assert robot.open(display=display).title.startswith("Sign in")
    assert "code" in robot.answer(robot.sign_in())


def test_oidcc_prompt_login(robot: Robot) -> None:
    """A second login although there is a session, with a newer auth_time."""
    before = robot.tokens()["claims"]
    robot.provider.clock.advance(seconds=1)
    assert "/login/password" in robot.open(prompt="login").url
    after = robot.tokens(prompt="login")["claims"]
    assert after["auth_time"] > before["auth_time"]
    assert after["sub"] == before["sub"]


def test_oidcc_prompt_none_not_logged_in(robot: Robot) -> None:
    """login_required, and no page."""
    assert robot.answer(robot.open(prompt="none"))["error"] == "login_required"


def test_oidcc_prompt_none_logged_in(robot: Robot) -> None:
    """A code for the same person, with the same auth_time, and no page."""
    before = robot.tokens()["claims"]
    answer = robot.answer(robot.open(prompt="none"))
    claims = robot.verify_id_token(robot.exchange(answer["code"]).json()["id_token"])
    assert (claims["sub"], claims["auth_time"]) == (before["sub"], before["auth_time"])


def test_oidcc_max_age_1(robot: Robot) -> None:
    """A session older than a second does not do: the person signs in again, and auth_time is there."""
    before = robot.tokens()["claims"]
    robot.provider.clock.advance(seconds=2)
    assert "/login/password" in robot.open(max_age="1").url
    after = robot.tokens(max_age="1")["claims"]
    assert after["auth_time"] - before["auth_time"] >= 2


def test_oidcc_max_age_10000(robot: Robot) -> None:
    """A young session does, with the same auth_time."""
    before = robot.tokens()["claims"]
    robot.provider.clock.advance(seconds=2)
    answer = robot.answer(robot.open(max_age="10000"))
    claims = robot.verify_id_token(robot.exchange(answer["code"]).json()["id_token"])
    assert claims["auth_time"] == before["auth_time"]


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(robot: Robot) -> None:
    """What is not known is left alone."""
    robot.tokens(extra="foobar")


def test_oidcc_id_token_hint(robot: Robot) -> None:
    """With prompt=none and the hint of who is signed in, a code; with no session, login_required."""
    tokens = robot.tokens()
    answer = robot.answer(robot.open(prompt="none", id_token_hint=tokens["id_token"]))
    assert robot.verify_id_token(robot.exchange(answer["code"]).json()["id_token"])["sub"] == tokens["claims"]["sub"]
    stranger = Robot(robot.provider, response_mode=robot.response_mode)
    assert stranger.answer(stranger.open(prompt="none", id_token_hint=tokens["id_token"]))["error"] == "login_required"


def test_oidcc_login_hint(robot: Robot) -> None:
    """The name is filled in."""
    assert 'value="alice"' in robot.open(login_hint="alice").html
    assert "code" in robot.answer(robot.sign_in())


@pytest.mark.parametrize("parameter", ["ui_locales", "claims_locales"])
def test_oidcc_locales(robot: Robot, parameter: str) -> None:
    """oidcc-ui-locales, oidcc-claims-locales: languages that are not there are no error."""
    robot.tokens(**{parameter: "se de-DE fr"})


def test_oidcc_ensure_request_with_acr_values_succeeds(robot: Robot) -> None:
    """The first value that is known counts, and the ID Token says which was reached."""
    assert robot.tokens(acr_values="1 2")["claims"]["acr"] == "1"


def test_oidcc_codereuse(robot: Robot) -> None:
    """A second use at once: invalid_grant."""
    code = robot.authorize()["code"]
    assert robot.exchange(code).status_code == 200
    again = robot.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_oidcc_codereuse_30seconds(robot: Robot) -> None:
    """A late second use: invalid_grant, and what the first gave is revoked."""
    code = robot.authorize()["code"]
    tokens = robot.exchange(code).json()
    robot.provider.clock.advance(seconds=30)
    assert robot.exchange(code).json()["error"] == "invalid_grant"
    assert robot.userinfo(tokens["access_token"]).status_code == 401


def test_oidcc_ensure_registered_redirect_uri(robot: Robot) -> None:
    """An address that is not registered gets a page, never a redirect."""
    page = robot.open(redirect_uri=f"{CALLBACK}/unregistered")
    assert page.status == 400
    assert page.url.startswith(ENDPOINTS)


def test_oidcc_ensure_post_request_succeeds(robot: Robot) -> None:
    """The authorization request as a form."""
    assert "code" in robot.authorize("POST")


def test_oidcc_server_client_secret_post(robot: Robot) -> None:
    """The secret in the form."""
    response = robot.exchange(robot.authorize()["code"], post=True)
    assert response.status_code == 200
    robot.verify_id_token(response.json()["id_token"], response.json()["access_token"])


def _unsigned(claims: dict[str, Any]) -> str:
    import base64
    import json

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part(claims)}."


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(robot: Robot) -> None:
    """A reference that is not registered is refused with the right error."""
    answer = robot.answer(robot.open(request_uri="https://app.example/request.jwt"))
    assert answer["error"] in {"invalid_request_uri", "request_uri_not_supported"}


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(robot: Robot) -> None:
    """Not registered for `none`, so refused with the right error."""
    answer = robot.answer(robot.open(request=_unsigned({"iss": robot.client_id, "state": "inside"})))
    assert answer["error"] in {"invalid_request_object", "request_not_supported"}


def test_oidcc_claims_essential(robot: Robot) -> None:
    """An essential claim is in the UserInfo answer without its scope."""
    tokens = robot.tokens(claims='{"userinfo":{"name":{"essential":true}}}')
    assert robot.userinfo(tokens["access_token"]).json()["name"].startswith("Alice")


def test_oidcc_ensure_request_object_with_redirect_uri(robot: Robot) -> None:
    """An unsigned object does not bring a redirect_uri in."""
    page = robot.open(request=_unsigned({"redirect_uri": "https://evil.example/"}))
    assert not page.url.startswith("https://evil.example")


def test_oidcc_refresh_token(robot: Robot) -> None:
    """A new access token; the ID Token keeps sub, iss, aud and auth_time, and has no nonce of another request."""
    tokens = robot.tokens()
    robot.provider.clock.advance(seconds=1)
    refreshed = robot.token({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}).json()
    assert refreshed["access_token"] != tokens["access_token"]
    claims = robot.verify_id_token(refreshed["id_token"], refreshed["access_token"], nonce=None)
    for name in ("iss", "sub", "aud", "auth_time"):
        assert claims[name] == tokens["claims"][name]
    assert robot.userinfo(refreshed["access_token"]).status_code == 200


def test_oidcc_ensure_request_with_valid_pkce_succeeds(robot: Robot) -> None:
    """A challenge from a client that need not send one; its verifier is needed then."""
    ask = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert robot.exchange(robot.authorize(**ask)["code"]).status_code == 400
    assert robot.exchange(robot.authorize(**ask)["code"], code_verifier=VERIFIER).status_code == 200
