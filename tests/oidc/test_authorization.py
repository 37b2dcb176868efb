"""The authorization endpoint."""

import json
import re
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlsplit

import pytest

from idp.login.flow import LoginFlow, flow_from_json
from idp.login.flows import KIND
from idp.storage.transaction import Transaction
from tests.oidc.provider import CALLBACK, CHALLENGE, ISSUER, SECRET, URL, VERIFIER, Provider, answer_of, basic

LOGIN_PAGE = f"{ISSUER}/login/password?flow="
CERTIFICATE_PAGE = f"{ISSUER}/login/certificate?flow="


def begin_login(provider: Provider, **parameters: Any) -> tuple[LoginFlow, str]:
    """Send a request that needs a login; return the flow and the cookie of the browser it began in."""
    response = provider.authorize(**parameters)
    assert response.status_code == 303, response.text
    location = response.headers["location"]
    assert location.startswith(f"{ISSUER}/login/"), location
    text = provider.services.ephemeral.get(KIND, location.partition("flow=")[2])
    return flow_from_json(text), response.headers["set-cookie"].partition(";")[0]


def finish(provider: Provider, flow: LoginFlow, browser: str, **outcome: Any) -> Any:
    """Finish the flow as login does, and return to the authorization endpoint."""
    done = flow.having(finished=True, **outcome)
    provider.services.ephemeral.put(KIND, flow.id, done.to_json(), provider.services.realms.get("demo").login_lifetime)
    return provider.http.get(provider.path("auth/continue"), params={"flow": flow.id}, headers={"cookie": browser})


def test_live_session_gets_code_at_once(signed_in: Provider) -> None:
    """With a session there is no page: code, state, iss (RFC 9207) and session_state go back."""
    answer = answer_of(signed_in.authorize())
    assert answer.keys() == {"code", "state", "iss", "session_state"}
    assert (answer["state"], answer["iss"]) == ("s~1", ISSUER)
    assert len(answer["code"]) == 43


def test_nobody_signed_in_begins_login_and_returns_with_code(provider: Provider) -> None:
    """The request waits on the server while the person signs in; the code carries its nonce."""
    flow, browser = begin_login(
        provider, nonce="n-1", login_hint="alice", acr_values="1", scope="openid email nonsense"
    )
    assert (flow.request.client_id, flow.request.client_title, flow.request.login_hint) == ("app", "The App", "alice")
    assert flow.request.return_origin == "https://app.example"
    provider.sign_in()

    answer = answer_of(finish(provider, flow, browser, session_id=provider.session_id))

    assert answer["state"] == "s~1"
    assert answer["iss"] == ISSUER
    tokens = provider.exchange_code(answer["code"]).json()
    assert tokens["scope"] == "openid email"
    again = provider.http.get(provider.path("auth/continue"), params={"flow": flow.id}, headers={"cookie": browser})
    assert again.status_code == 400
    assert "location" not in again.headers


def test_failed_login_tells_the_client(provider: Provider) -> None:
    """What the person could not prove goes back as an error, and into the events."""
    flow, browser = begin_login(provider, acr_values="2")
    answer = answer_of(finish(provider, flow, browser, error="unmet_authentication_requirements"))
    assert answer == {"error": "unmet_authentication_requirements", "state": "s~1", "iss": ISSUER}
    assert len(provider.events("client:authorization:failure")) == 1


def test_copied_continue_address_does_nothing_in_another_browser(provider: Provider) -> None:
    """The way back is bound to the browser the login began in."""
    flow, _ = begin_login(provider)
    provider.sign_in()
    for cookie in ("__Host-idp-browser=another", provider.cookie):
        response = finish(provider, flow, cookie, session_id=provider.session_id)
        assert response.status_code == 403
        assert "location" not in response.headers


def test_client_changed_during_login_is_not_redirected_to(provider: Provider) -> None:
    """A redirect_uri that was taken away in the meantime gets nothing."""
    from sqlalchemy import update

    from idp.models import Client

    flow, browser = begin_login(provider)
    provider.sign_in()
    with provider.transaction() as session:
        session.execute(update(Client).values(redirect_uris=["https://app.example/new"]))
    provider.forget()
    response = finish(provider, flow, browser, session_id=provider.session_id)
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.parametrize(
    "redirect_uri",
    [
        CALLBACK + "/",
        CALLBACK + "/../evil",
        CALLBACK + "x",
        CALLBACK[:-1],
        CALLBACK + "?",
        CALLBACK + "?a=b",
        CALLBACK + "#",
        CALLBACK + "#fragment",
        CALLBACK + "%00",
        CALLBACK + " ",
        CALLBACK + "\n",
        CALLBACK.replace("callback", "Callback"),
        CALLBACK.replace("callback", "c%61llback"),
        CALLBACK.replace("app.example", "APP.example"),
        CALLBACK.replace("app.example", "app.example."),
        CALLBACK.replace("app.example", "evil.app.example"),
        CALLBACK.replace("app.example", "app.example.evil.example"),
        CALLBACK.replace("app.example", "app.example:443"),
        CALLBACK.replace("app.example", "app.example@evil.example"),
        CALLBACK.replace("app.example", "evil.example\\@app.example"),
        CALLBACK.replace("https://", "https:/"),
        CALLBACK.replace("https://", "http://"),
        CALLBACK.replace("https://", "//"),
        "javascript:alert(1)",
        "",
        None,
        [CALLBACK, "https://evil.example/"],
        [CALLBACK, CALLBACK],
    ],
)
def test_wrong_redirect_uri_is_a_page(signed_in: Provider, redirect_uri: Any) -> None:
    """RFC 9700 section 4.1: exactly as registered, or a page and no redirect."""
    response = signed_in.authorize(redirect_uri=redirect_uri)
    assert response.status_code == 400
    assert "location" not in response.headers
    assert response.headers["content-type"].startswith("text/html")
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("client_id", ["nobody", "", None, ["app", "app"], "ü", "x" * 5000, "app\x00"])
def test_wrong_client_is_a_page(signed_in: Provider, client_id: Any) -> None:
    """RFC 6749 section 4.1.2.1: who the client is has to be known before anything goes back."""
    response = signed_in.authorize(client_id=client_id)
    assert response.status_code == 400
    assert "location" not in response.headers


def test_disabled_client_is_a_page(signed_in: Provider) -> None:
    """A disabled client is no client."""
    from sqlalchemy import update

    from idp.models import Client

    with signed_in.transaction() as session:
        session.execute(update(Client).values(enabled=False))
    signed_in.forget()
    assert signed_in.authorize().status_code == 400


S256 = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "none"}, "unsupported_response_type"),
        ({"response_type": "code code"}, "unsupported_response_type"),
        ({"response_type": 'ü"\\'}, "unsupported_response_type"),
        ({"response_mode": "web_message"}, "invalid_request"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"scope": ["openid", "openid"]}, "invalid_request"),
        ({"nonce": ["1", "2"]}, "invalid_request"),
        ({"unknown": ["1", "2"]}, "invalid_request"),
        ({"nonce": "n" * 5000}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request": "eyJhbGciOiJub25lIn0.e30.e30"}, "invalid_request_object"),
        ({"request_uri": "https://app.example/request"}, "request_uri_not_supported"),
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request_uri"),
        ({"resource": "https://api.example/"}, "invalid_target"),
        ({"id_token_hint": "a.b.c"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "nonsense"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "١"}, "invalid_request"),
        ({"max_age": "1" * 40}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"claims": "[" * 4000}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":{"essential":true,"values":"2"}}}'}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":{"essential":true,"value":2}}}'}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":{"essential":"yes"}}}'}, "invalid_request"),
        ({"claims": '{"id_token":{"sub":{"value":7}}}'}, "invalid_request"),
        ({"claims": '{"userinfo":[]}'}, "invalid_request"),
        ({"claims": '{"userinfo":{"email":"yes"}}'}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":{"essential":true,"values":["gold"]}}}'}, "unmet_authentication_requirements"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": CHALLENGE[:-1], "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "=", "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": "ü" * 43, "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_wrong_parameter_is_redirected_with_state_and_issuer(
    signed_in: Provider, parameters: dict[str, Any], error: str
) -> None:
    """RFC 6749 section 4.1.2.1 and RFC 9207: the client learns of its mistake."""
    answer = answer_of(signed_in.authorize(**parameters))
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "s~1", ISSUER)
    assert "code" not in answer


def test_repeated_state_is_not_returned(signed_in: Provider) -> None:
    """Nobody could tell which of the two is meant."""
    answer = answer_of(signed_in.authorize(state=["1", "2"]))
    assert answer["error"] == "invalid_request"
    assert "state" not in answer


def test_client_without_code_grant_is_refused(signed_in: Provider) -> None:
    """ASVS 5 10.4.4: grants are registered per client."""
    signed_in.add_client("service", grant_types=["client_credentials"])
    assert answer_of(signed_in.authorize(client_id="service"))["error"] == "unauthorized_client"


def test_public_client_needs_pkce(signed_in: Provider) -> None:
    """RFC 9700 section 2.1.1, and a confidential client where it is registered so."""
    signed_in.add_client("careful", pkce_required=True)
    for client_id in ("spa", "careful"):
        assert answer_of(signed_in.authorize(client_id=client_id))["error"] == "invalid_request"
        assert "code" in answer_of(signed_in.authorize(client_id=client_id, **S256))
    code = signed_in.get_code(client_id="spa", **S256)
    tokens = signed_in.exchange_code(code, auth=None, client_id="spa", code_verifier=VERIFIER)
    assert tokens.status_code == 200, tokens.text


def test_loopback_port_is_free_for_public_clients_only(signed_in: Provider) -> None:
    """RFC 8252 section 7.3."""
    registered = ["http://127.0.0.1/cb", "http://[::1]:1/cb?a=b", "http://localhost"]
    signed_in.add_client("cli", secret=None, redirect_uris=registered)
    signed_in.add_client("server", redirect_uris=registered)
    free = ["http://127.0.0.1:50000/cb", "http://[::1]:50000/cb?a=b", "http://localhost:65535", "http://127.0.0.1/cb"]
    wrong = [
        "http://127.0.0.1:50000/cb/", "http://127.0.0.1:50000/cb?x", "http://127.0.0.1:65536/cb", "http://127.0.0.1:/cb",
        "http://127.0.0.1:0/cb", "http://127.0.0.1:1@evil.example/cb", "http://127.0.0.2:50000/cb", "https://127.0.0.1:50000/cb",
        "http://127.0.0.1:50000\\@evil.example/cb", "http://localhost:50000/cb", "http://localhost.evil.example", "http://[::1]:2/cb",
    ]  # fmt: skip
    for uri in free:
        response = signed_in.authorize(client_id="cli", redirect_uri=uri, **S256)
        assert response.headers["location"].startswith(uri + ("&" if "?" in uri else "?") + "code="), uri
    for uri in wrong:
        assert signed_in.authorize(client_id="cli", redirect_uri=uri, **S256).status_code == 400, uri
    assert signed_in.authorize(client_id="server", redirect_uri=free[0]).status_code == 400


def test_custom_scheme_of_native_application(provider: Provider) -> None:
    """RFC 8252 section 7.1; the pages' policy lets the form's answer go there."""
    provider.add_client("native", secret=None, redirect_uris=["com.example.app:/cb"])
    flow, _ = begin_login(provider, client_id="native", redirect_uri="com.example.app:/cb", **S256)
    assert flow.request.return_origin == "com.example.app:"
    refused = provider.authorize(
        client_id="native", redirect_uri="com.example.app:/cb", response_mode="form_post", **S256
    )
    assert refused.headers["location"].startswith("com.example.app:/cb?error=invalid_request")


def test_fragment_and_form_post_modes(signed_in: Provider) -> None:
    """OAuth 2.0 Multiple Response Types section 2.1 and Form Post Response Mode, also for errors."""
    location = urlsplit(signed_in.authorize(response_mode="fragment").headers["location"])
    assert location.query == ""
    assert {"code", "state", "iss", "session_state"} == dict(parse_qsl(location.fragment)).keys()
    for parameters, name in (({}, "code"), ({"max_age": "x"}, "error")):
        page = signed_in.authorize(response_mode="form_post", state='"><script>', **parameters)
        assert page.status_code == 200
        assert "<script>" not in page.text.partition("<body")[2]
        assert f'action="{CALLBACK}"' in page.text
        assert f'name="{name}"' in page.text
        assert 'name="iss"' in page.text
        assert re.search(r"form-action 'self' https://app\.example;", page.headers["content-security-policy"])


def test_registered_query_is_kept(signed_in: Provider) -> None:
    """RFC 6749 section 3.1.2: the query of the registered URI is retained."""
    signed_in.add_client("query", redirect_uris=["https://q.example/?a=%20b&c"])
    location = signed_in.authorize(client_id="query", redirect_uri="https://q.example/?a=%20b&c").headers["location"]
    assert location.startswith("https://q.example/?a=%20b&c&code=")


def test_post_is_repeated_as_get(signed_in: Provider) -> None:
    """A cross-site POST comes without cookies, so the browser is sent to the same request with GET."""
    cookie, signed_in.cookie = signed_in.cookie, ""
    response = signed_in.authorize("POST", nonce="ü&=")
    assert response.status_code == 303
    assert response.headers["location"].startswith(f"{URL}{signed_in.path('auth')}?client_id=app&")
    signed_in.cookie = cookie
    assert "code" in answer_of(signed_in.http.get(response.headers["location"], headers={"cookie": cookie}))


def test_post_too_large_for_an_address_is_answered_itself(signed_in: Provider) -> None:
    """It begins a login, as the session is not seen; it never fails."""
    response = signed_in.authorize("POST", nonce="n" * 4000, ui_locales="x" * 4000)
    assert "code" in answer_of(response)  # the test's POST is not cross-site


def test_prompt_none_never_shows_a_page(provider: Provider) -> None:
    """OpenID Connect Core section 3.1.2.6: the step that is missing names the error."""
    assert answer_of(provider.authorize(prompt="none"))["error"] == "login_required"
    provider.sign_in()
    assert "code" in answer_of(provider.authorize(prompt="none"))
    assert answer_of(provider.authorize(prompt="none", acr_values="2"))["error"] == "interaction_required"
    provider.clock.advance(seconds=11)
    assert answer_of(provider.authorize(prompt="none", max_age="10"))["error"] == "login_required"


@pytest.mark.parametrize(
    "parameters", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}, {"max_age": "59"}]
)
def test_session_that_does_not_do_is_not_used(signed_in: Provider, parameters: dict[str, str]) -> None:
    """The person signs in again."""
    signed_in.clock.advance(seconds=60)
    assert signed_in.authorize(**parameters).headers["location"].startswith(LOGIN_PAGE)
    assert "code" in answer_of(signed_in.authorize(max_age="60"))


def test_acr_2_forces_the_certificate_step(signed_in: Provider) -> None:
    """acr_values in order of preference, or an essential claim, whose lowest value is enough."""

    def essential(*values: str) -> str:
        return json.dumps({"id_token": {"acr": {"essential": True, "values": values}}})

    for forced in ({"acr_values": "2"}, {"acr_values": "gold 2 1"}, {"claims": essential("2")}):
        assert signed_in.authorize(**forced).headers["location"].startswith(CERTIFICATE_PAGE), forced
    for content in (
        {"acr_values": "1 2"}, {"acr_values": "gold"}, {"claims": essential("2", "1")}, {"claims": essential()},
        {"claims": '{"id_token":{"acr":null},"userinfo":{"name":{"essential":true}}}'},
        {"claims": '{"id_token":{"acr":{"values":["2"]}}}'},
    ):  # fmt: skip
        assert "code" in answer_of(signed_in.authorize(**content)), content
    signed_in.sign_in_with_certificate()
    assert "code" in answer_of(signed_in.authorize(acr_values="2"))
    signed_in.change_realm(certificate_policy="off")
    assert answer_of(signed_in.authorize(acr_values="2"))["error"] == "unmet_authentication_requirements"


def test_client_that_requires_certificates(signed_in: Provider) -> None:
    """A password session is not enough for it."""
    signed_in.add_client("strict", certificate_policy="required")
    assert signed_in.authorize(client_id="strict").headers["location"].startswith(CERTIFICATE_PAGE)


def test_broken_queries_are_pages(provider: Provider) -> None:
    """Invalid UTF-8, NUL, far too many parameters: never a 500."""
    for query in (b"client_id=%ff", b"client_id=%00", b"&".join(b"a=b" for _ in range(200)), b"%", b"=", b"&&"):
        response = provider.http.get(provider.path("auth") + "?" + query.decode())
        assert response.status_code == 400, query
        assert response.headers["content-type"].startswith("text/html"), query
    assert provider.http.get(provider.path("auth", realm="nowhere")).status_code == 404


def test_request_costs_one_statement_however_it_comes(signed_in: Provider) -> None:
    """The session is looked up, and nothing else; a hint or single claims cost none."""
    hint = signed_in.get_tokens()["id_token"]
    pushed = signed_in.http.post(
        signed_in.path("ext/par/request"),
        data={"response_type": "code", "redirect_uri": CALLBACK},
        headers=basic("app", SECRET),
    ).json()
    ways: list[dict[str, Any]] = [
        {},
        {"id_token_hint": hint},
        {"claims": '{"id_token":{"email":null},"userinfo":{"name":null}}'},
        {"request_uri": pushed["request_uri"]},
    ]
    for parameters in ways:
        with patch.object(Transaction, "_execute", autospec=True, side_effect=Transaction._execute) as executed:
            assert "code" in answer_of(signed_in.authorize(**parameters))
        assert executed.call_count == 1, parameters
