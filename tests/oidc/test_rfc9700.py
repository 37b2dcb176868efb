"""The list of RFC 9700 (Best Current Practice for OAuth 2.0 Security), a test for each line, named by its section."""

import threading
from typing import Any
from urllib.parse import urlsplit

import pytest

from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from tests.oidc.provider import CALLBACK, CHALLENGE, ISSUER, SECRET, VERIFIER, Provider, answer_of, decode_claims

S256 = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
NEAR_MISSES = [
    "https://app.example/callback/extra",
    "https://app.example/callback?x=1",
    "https://app.example/callback?",
    "https://evil.app.example/callback",
    "https://app.example.evil.example/callback",
    "https://app.example@evil.example/callback",
    "https://user@app.example/callback",
    "https://app.example/callback#fragment",
    "https://app.example/Callback",
    "https://APP.example/callback",
    "https://app.example/%63allback",
    "https://app.example:443/callback",
    "https://app.example:8443/callback",
    "https://app.example/callback/",
    "https://app.example./callback",
    "https://app.example/./callback",
    "https://app.example/x/../callback",
    "https:\\\\app.example\\callback",
    "https://app.example\\@evil.example/callback",
    "http://app.example/callback",
    "//app.example/callback",
    "javascript:alert(1)",
    "",
]


@pytest.mark.parametrize("uri", NEAR_MISSES)
def test_2_1_and_4_1_redirect_uri_is_compared_character_by_character(signed_in: Provider, uri: str) -> None:
    """Sections 2.1 and 4.1: nothing but the registered address, and no redirect to anything else."""
    response = signed_in.authorize(redirect_uri=uri)
    assert response.status_code == 400
    assert "location" not in response.headers


def test_2_1_only_a_loopback_port_may_differ(signed_in: Provider) -> None:
    """Section 4.1.3: native applications listen on a port they get; on nothing else does anything vary."""
    signed_in.add_client("native", secret=None, redirect_uris=["http://127.0.0.1/back"])
    ask = {"client_id": "native", **S256}
    assert signed_in.authorize(redirect_uri="http://127.0.0.1:49152/back", **ask).status_code == 303
    for uri in ("http://127.0.0.1:49152/other", "http://127.0.0.2:1/back", "http://127.0.0.1:1x/back"):
        assert signed_in.authorize(redirect_uri=uri, **ask).status_code == 400


def test_2_1_state_comes_back_untouched(signed_in: Provider) -> None:
    """Sections 2.1 and 4.7: what the client put there for itself."""
    state = "ä \"'<>&%25=?#;+~" + "x" * 300
    assert answer_of(signed_in.authorize(state=state))["state"] == state


def test_2_1_1_public_client_needs_pkce(signed_in: Provider) -> None:
    """Section 2.1.1: without a challenge no code."""
    assert answer_of(signed_in.authorize(client_id="spa"))["error"] == "invalid_request"
    assert "code" in answer_of(signed_in.authorize(client_id="spa", **S256))


def test_2_1_1_plain_challenge_is_refused_and_s256_published(signed_in: Provider) -> None:
    """Section 2.1.1: only S256, and the metadata says so."""
    for method in ("plain", None):
        answer = answer_of(signed_in.authorize(code_challenge=CHALLENGE, code_challenge_method=method))
        assert answer["error"] == "invalid_request"
    metadata = signed_in.http.get("/realms/demo/.well-known/openid-configuration").json()
    assert metadata["code_challenge_methods_supported"] == ["S256"]


@pytest.mark.parametrize("response_type", ["token", "id_token token", "code token", "code id_token token"])
def test_2_1_2_and_4_6_no_access_token_in_front(signed_in: Provider, response_type: str) -> None:
    """Sections 2.1.2 and 4.6: no access token from the authorization endpoint, unless an administrator has said so."""
    response = signed_in.authorize(response_type=response_type, nonce="n")
    location = response.headers["location"]
    assert "access_token" not in location
    assert "error=unsupported_response_type" in location or "error=unauthorized_client" in location


def test_2_3_token_has_one_audience_and_no_more_scope_than_asked(signed_in: Provider) -> None:
    """Section 2.3: privileges are restricted to what is needed."""
    claims = decode_claims(signed_in.get_tokens(scope="openid")["access_token"])
    assert (claims["aud"], claims["scope"]) == (ISSUER, "openid")


def test_2_4_password_grant_is_off(signed_in: Provider) -> None:
    """Section 2.4: applications never see passwords, and nothing tells them that they could."""
    response = signed_in.token(grant_type="password", username="alice", password="x")
    assert (response.status_code, response.json()["error"]) == (400, "unauthorized_client")
    metadata = signed_in.http.get("/realms/demo/.well-known/openid-configuration").json()
    assert "password" not in metadata["grant_types_supported"]


def test_2_5_confidential_client_must_authenticate(signed_in: Provider) -> None:
    """Section 2.5: a client_id alone is not enough."""
    response = signed_in.exchange_code(signed_in.get_code(), auth=None, client_id="app")
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


def test_4_2_pages_tell_nobody_where_they_are(provider: Provider) -> None:
    """Section 4.2: no Referer, nothing of third parties."""
    refused = provider.authorize(redirect_uri="https://evil.example/")
    began = provider.authorize()
    for response in (refused, began):
        assert response.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in refused.headers["content-security-policy"]


def test_4_3_access_token_is_not_taken_from_an_address(signed_in: Provider) -> None:
    """Section 4.3.2: what stands in a query ends in histories and logs; answers with codes are not cached."""
    token = signed_in.get_tokens(scope="openid")["access_token"]
    assert signed_in.http.get(signed_in.path("userinfo"), params={"access_token": token}).status_code == 401
    assert signed_in.authorize().headers["cache-control"] == "no-store"


def test_4_4_every_answer_names_its_issuer(signed_in: Provider) -> None:
    """Section 4.4.2.1 (RFC 9207): codes and errors."""
    assert answer_of(signed_in.authorize())["iss"] == ISSUER
    assert answer_of(signed_in.authorize(response_type="nonsense"))["iss"] == ISSUER


def test_4_5_code_is_bound_to_its_client_and_challenge(signed_in: Provider) -> None:
    """Section 4.5: an injected code is of no use, and refusing it does not use it up."""
    signed_in.add_client("other", redirect_uris=[CALLBACK])
    code = signed_in.get_code(**S256)
    for wrong in (
        {"auth": ("other", SECRET), "code_verifier": VERIFIER},
        {"code_verifier": "w" * 64},
        {"code_verifier": None},
        {"code_verifier": VERIFIER, "redirect_uri": "https://app.example/other"},
    ):
        form = {name: value for name, value in wrong.items() if value is not None}
        assert signed_in.exchange_code(code, **form).status_code == 400
    assert signed_in.exchange_code(code, code_verifier=VERIFIER).status_code == 200


def test_4_8_pkce_cannot_be_taken_away(signed_in: Provider) -> None:
    """Section 4.8.2: a verifier for a request that had no challenge is refused, and a required challenge cannot be left out."""
    assert signed_in.exchange_code(signed_in.get_code(), code_verifier=VERIFIER).status_code == 400
    signed_in.add_client("strict", pkce_required=True)
    assert answer_of(signed_in.authorize(client_id="strict"))["error"] == "invalid_request"


def test_4_9_token_for_a_resource_is_not_taken_by_another(signed_in: Provider) -> None:
    """Sections 4.9 and 4.10: a resource server that was given a token cannot go to UserInfo with it."""
    signed_in.add_client("caller", resources=["https://api.example"], scope="reports")
    code = signed_in.get_code(client_id="caller", scope="reports", resource="https://api.example")
    token = signed_in.exchange_code(code, auth=("caller", SECRET)).json()["access_token"]
    assert signed_in.userinfo(token).status_code == 401


@pytest.mark.parametrize("wrong", [{"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}])
def test_4_11_nobody_is_sent_to_an_unknown_address(signed_in: Provider, wrong: dict[str, str]) -> None:
    """Section 4.11.2: a page, whatever else is wrong with the request."""
    for other in ({}, {"response_type": "x"}, {"prompt": "none"}, {"scope": "\\"}):
        response = signed_in.authorize(**wrong, **other)
        assert response.status_code == 400
        assert "location" not in response.headers


def test_4_12_redirects_make_no_browser_post_again(signed_in: Provider) -> None:
    """Section 4.12: 303, never 307 or 308."""
    assert signed_in.authorize(method="POST").status_code == 303
    assert signed_in.authorize().status_code == 303


def test_4_13_headers_of_a_certificate_count_for_nothing_by_default(signed_in: Provider) -> None:
    """Section 4.13: nobody but a listed proxy says what the TLS connection was."""
    forged = {
        "client-cert": ":AAAA:",
        "x-ssl-client-cert": "AAAA",
        "x-forwarded-client-cert": "Hash=00",
        "ssl-client-verify": "SUCCESS",
    }
    code = signed_in.get_code()
    token = signed_in.exchange_code(code, headers=forged).json()["access_token"]
    assert "cnf" not in decode_claims(token)


def test_4_14_reused_refresh_token_ends_the_family(signed_in: Provider) -> None:
    """Section 4.14.2: two hold it, so nobody keeps it."""
    first = signed_in.get_tokens()
    second = signed_in.refresh(first["refresh_token"]).json()
    signed_in.clock.advance(seconds=60)
    assert signed_in.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert signed_in.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    assert signed_in.userinfo(second["access_token"]).status_code == 401


def test_4_14_refresh_token_ends_with_session_and_idleness(signed_in: Provider) -> None:
    """Section 4.14.2: sign-out and a long silence end it."""
    idle, ended = signed_in.get_tokens(), signed_in.get_tokens()
    with signed_in.transaction() as session:
        end_sessions_of(session, signed_in.clock, signed_in.user_id, reason=Ending.LOGOUT)
    assert signed_in.refresh(ended["refresh_token"]).json()["error"] == "invalid_grant"
    signed_in.sign_in()
    idle = signed_in.get_tokens()
    signed_in.clock.advance(minutes=31)
    assert signed_in.refresh(idle["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.every_database
@pytest.mark.parametrize("what", ["code", "refresh_token"])
def test_4_14_of_ten_uses_at_once_one_wins(signed_in: Provider, what: str) -> None:
    """Sections 4.5 and 4.14: exactly one of ten simultaneous uses gets tokens."""
    secret = signed_in.get_code() if what == "code" else signed_in.get_tokens()["refresh_token"]
    answers: list[Any] = []

    def use() -> None:
        answers.append(signed_in.exchange_code(secret) if what == "code" else signed_in.refresh(secret))

    threads = [threading.Thread(target=use) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 9


def test_4_15_client_is_never_mistaken_for_a_person(signed_in: Provider) -> None:
    """Section 4.15: a client's own token names the client as subject, and opens nothing of a person's."""
    signed_in.add_client("robot", grant_types=["client_credentials"], scope="reports openid")
    token = signed_in.token(grant_type="client_credentials", auth=("robot", SECRET)).json()["access_token"]
    claims = decode_claims(token)
    assert claims["sub"] == claims["client_id"] == "robot"
    assert "sid" not in claims
    assert signed_in.userinfo(token).status_code in {401, 403}


def test_4_16_pages_cannot_be_framed(signed_in: Provider) -> None:
    """Section 4.16: neither by the old header nor by the new one."""
    response = signed_in.http.get(signed_in.path("logout"), headers={"cookie": signed_in.cookie})
    assert response.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


def test_parameters_that_occur_twice_are_refused(signed_in: Provider) -> None:
    """RFC 6749 section 3.1, for each that could be confused."""
    for name in ("state", "scope", "response_type", "code_challenge", "nonce", "prompt"):
        query = f"client_id=app&redirect_uri={CALLBACK}&response_type=code&scope=openid&{name}=a&{name}=b"
        response = signed_in.http.get(f"{signed_in.path('auth')}?{query}", headers={"cookie": signed_in.cookie})
        assert "error=invalid_request" in urlsplit(response.headers["location"]).query, name
    query = f"client_id=app&client_id=spa&redirect_uri={CALLBACK}&response_type=code"
    assert signed_in.http.get(f"{signed_in.path('auth')}?{query}").status_code == 400
