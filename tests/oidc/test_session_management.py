"""Session management: `session_state`, the browser state, and the frame that compares them (Session Management 1.0).

The modules of the Foundation's plan are `test_session_management_discovery_endpoint_verification` and
`test_session_management_rp_initiated_logout`; the latter is also done in Chromium, see tests/browser/test_session_iframe.py.
"""

import hashlib
import re
from typing import Any

import pytest

from idp.login.browser_state import build_browser_state
from idp.oidc.session_state import build_session_state
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_session
from tests.oidc.provider import ISSUER, SECRET, Provider, answer_of
from tests.oidc.session_iframe import ask_frame

ORIGIN = "https://app.example"
STATE_COOKIE = "__Host-idp-state-demo"


def cookies_of(response: Any) -> dict[str, str]:
    """Return the cookies that a response sets, each with its attributes."""
    return dict(header.split("=", 1) for header in response.headers.get_list("set-cookie"))


def with_state(provider: Provider, state: str) -> None:
    """Let the browser have that browser state beside its session."""
    provider.cookie = "; ".join(part for part in (provider.cookie.partition(";")[0], f"{STATE_COOKIE}={state}") if part)


def ask(session_state: str, state: str, **question: Any) -> Any:
    """Ask the frame of a browser with that browser state."""
    cookie = f"a=b; {STATE_COOKIE}={state}" if state else "a=b"
    (answer,) = ask_frame({"message": f"app {session_state}", "cookie": cookie, **question})
    return answer[0]


def test_session_management_discovery_endpoint_verification(provider: Provider) -> None:
    """The metadata names the frame (section 3.3)."""
    metadata = provider.http.get("/realms/demo/.well-known/openid-configuration").json()
    assert metadata["check_session_iframe"] == ISSUER + "/protocol/openid-connect/login-status-iframe.html"
    assert provider.http.get(provider.path("login-status-iframe.html")).status_code == 200


def test_session_management_rp_initiated_logout(signed_in: Provider) -> None:
    """The frame says unchanged, and changed after the logout."""
    response = signed_in.authorize()
    state, session_state = build_browser_state(signed_in.session_id), answer_of(response)["session_state"]
    assert cookies_of(response)[STATE_COOKIE].startswith(state + ";")
    assert ask(session_state, state) == "unchanged"

    hint = signed_in.exchange_code(answer_of(response)["code"]).json()["id_token"]
    with_state(signed_in, state)
    headers = {"cookie": signed_in.cookie}
    done = signed_in.http.get(signed_in.path("logout"), params={"id_token_hint": hint}, headers=headers)
    assert "Max-Age=0" in cookies_of(done)[STATE_COOKIE]
    assert ask(session_state, "") == "changed"
    silent = answer_of(signed_in.authorize(prompt="none"))
    assert silent["error"] == "login_required"
    assert ask(silent["session_state"], "") == "unchanged"


def test_state_cookie_is_for_scripts_and_no_secret(signed_in: Provider) -> None:
    """Readable, also in frames of other sites; the session's cookie is neither, and nothing of it is in the state."""
    cookie = cookies_of(signed_in.authorize())[STATE_COOKIE]
    value, *limits = cookie.split("; ")
    assert sorted(limits) == ["Max-Age=36000", "Path=/", "SameSite=None", "Secure"]
    assert value == hashlib.sha256(f"browser-state:{signed_in.session_id}".encode()).hexdigest()
    assert value not in signed_in.cookie
    signed_in.cookie = f"{STATE_COOKIE}={value}"
    assert answer_of(signed_in.authorize(prompt="none"))["error"] == "login_required"


def test_state_is_written_only_where_it_is_not_yet(signed_in: Provider) -> None:
    """Most answers need no cookie; a wrong one is set right."""
    with_state(signed_in, build_browser_state(signed_in.session_id))
    assert STATE_COOKIE not in cookies_of(signed_in.authorize())
    with_state(signed_in, build_browser_state("another session"))
    assert STATE_COOKIE in cookies_of(signed_in.authorize())


def test_each_session_has_a_state_of_its_own(signed_in: Provider) -> None:
    """Another login changes it, for the same person too."""
    first = answer_of(signed_in.authorize())["session_state"]
    signed_in.sign_in()
    assert ask(first, build_browser_state(signed_in.session_id)) == "changed"


def test_session_state_is_salted_and_opaque(signed_in: Provider) -> None:
    """Section 2: no space; two answers have nothing in common."""
    states = [answer_of(signed_in.authorize())["session_state"] for _ in range(2)]
    assert all(re.fullmatch(r"[0-9a-f]{64}\.[0-9a-f]{32}", state) for state in states)
    assert len({part for state in states for part in state.split(".")}) == 4


@pytest.mark.parametrize(
    "question",
    [{"origin": "https://evil.example"}, {"origin": "http://app.example"}, {"origin": "https://app.example:8443"}],
)
def test_other_origins_learn_nothing(signed_in: Provider, question: dict[str, str]) -> None:
    """The origin is in the hash: a page that got hold of a session_state always hears the same."""
    session_state = answer_of(signed_in.authorize())["session_state"]
    for state in (build_browser_state(signed_in.session_id), "", build_browser_state("x")):
        assert ask(session_state, state, **question) == "changed"


def test_another_clients_state_is_not_compared(signed_in: Provider) -> None:
    """The client_id is in the hash too."""
    session_state = answer_of(signed_in.authorize())["session_state"]
    state = build_browser_state(signed_in.session_id)
    assert ask(session_state, state, message=f"spa {session_state}") == "changed"


def test_dead_sessions_state_is_taken_back(signed_in: Provider) -> None:
    """A session that ended elsewhere is noticed with the next request; the browser then shows that nobody is signed in."""
    with_state(signed_in, build_browser_state(signed_in.session_id))
    with signed_in.transaction() as session:
        end_session(session, signed_in.clock, signed_in.session_id, reason=Ending.ADMINISTRATOR)
    response = signed_in.authorize(prompt="none")
    assert "Max-Age=0" in cookies_of(response)[STATE_COOKIE]
    assert ask(answer_of(response)["session_state"], "") == "unchanged"


def test_other_sites_frame_does_not_take_the_state_back(signed_in: Provider) -> None:
    """There the session's cookie does not come, and its absence means nothing."""
    state = build_browser_state(signed_in.session_id)
    signed_in.cookie = f"{STATE_COOKIE}={state}"
    response = signed_in.authorize(prompt="none")
    assert answer_of(response)["error"] == "login_required"
    assert STATE_COOKIE not in cookies_of(response)
    assert ask(answer_of(response)["session_state"], state) == "unchanged"


def test_live_session_that_is_not_enough_stays(signed_in: Provider) -> None:
    """interaction_required is no logout."""
    state = build_browser_state(signed_in.session_id)
    with_state(signed_in, state)
    response = signed_in.authorize(prompt="none", acr_values="2")
    assert STATE_COOKIE not in cookies_of(response)
    assert ask(answer_of(response)["session_state"], state) == "unchanged"


@pytest.mark.parametrize(
    ("uri", "scope"), [("com.example.app:/callback", "openid"), ("https://app.example/callback", "email")]
)
def test_who_cannot_ask_gets_no_session_state(signed_in: Provider, uri: str, scope: str) -> None:
    """A native application has no page; without openid there is no OpenID session."""
    signed_in.add_client("native", secret=None, redirect_uris=[uri])
    challenge = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
    response = signed_in.authorize(client_id="native", redirect_uri=uri, scope=scope, **challenge)
    assert "code=" in response.headers["location"]
    assert "session_state" not in response.headers["location"]


def test_frame_can_be_framed_and_nothing_else_can(provider: Provider) -> None:
    """Only these pages; their scripts are files, and they connect to nobody but us."""
    for name in ("login-status-iframe.html", "3p-cookies/step1.html", "3p-cookies/step2.html"):
        page = provider.http.get(provider.path(name))
        policy = page.headers["content-security-policy"]
        assert "frame-ancestors *" in policy
        assert "script-src 'self';" in policy
        assert "x-frame-options" not in page.headers
        assert "set-cookie" not in page.headers
        assert re.search(r'<script src="https://idp\.example/resources/[^"]+/default/\w+\.js"></script>', page.text)
        assert "<script>" not in page.text
    assert f'data-cookie="{STATE_COOKIE}"' in provider.http.get(provider.path("login-status-iframe.html")).text
    for name in ("logout", "auth"):
        assert "frame-ancestors 'none'" in provider.http.get(provider.path(name)).headers["content-security-policy"]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"client_id": "app", "origin": ORIGIN}, 204),
        ({"client_id": "spa", "origin": "https://spa.example"}, 204),
        ({"client_id": "app", "origin": "https://spa.example"}, 403),
        ({"client_id": "app", "origin": "https://app.example.evil.example"}, 403),
        ({"client_id": "app", "origin": ""}, 403),
        ({"client_id": "nobody", "origin": ORIGIN}, 403),
        ({"client_id": "x" * 5000, "origin": "\ud7ff"}, 403),
        ({}, 403),
    ],
)
def test_origins_of_a_client_may_ask(provider: Provider, parameters: dict[str, str], status: int) -> None:
    """Those that are registered for it, and that its answers go to (as keycloak-js asks)."""
    provider.add_client("native", redirect_uris=["com.example.app:/callback"])
    assert provider.http.get(provider.path("login-status-iframe.html/init"), params=parameters).status_code == status
    assert (
        provider.http.get(provider.path("login-status-iframe.html/init"), params={"client_id": "native"}).status_code
        == 403
    )


def test_frame_knows_the_sid_that_keycloak_js_sends() -> None:
    """Compared with the browser state once the origin is found to be the client's, which is asked for once."""
    sid, other = "0b0f7fd1-8f0e-4c2d-a0f5-3a3f2f3f4c11", "1b0f7fd1-8f0e-4c2d-a0f5-3a3f2f3f4c11"
    cookie = f"{STATE_COOKIE}={build_browser_state(sid)}"
    answers = ask_frame(
        {"message": f"app {sid}", "cookie": cookie},
        {"message": f"app {other}", "cookie": cookie},
        {"message": "app ", "cookie": cookie},
        {"message": "app ", "cookie": ""},
        {"message": f"app {sid}", "cookie": ""},
        {"message": f"app {sid}", "cookie": cookie, "allowed": False},
    )
    assert [answer[0] for answer in answers] == ["unchanged", "changed", "changed", "unchanged", "changed", "error"]
    assert answers[0][1:] == [ORIGIN, ["/frame.html/init?client_id=app&origin=https%3A%2F%2Fapp.example"]]


def test_frame_answers_error_to_what_is_no_question() -> None:
    """Section 3.2: a message that is not well-formed; what is no text, or from no page, is not answered at all."""
    wrong = [
        "",
        "app",
        " x",
        "app x y",
        "app <b>",
        "app " + "a" * 300,
        "a" * 300 + " ",
        "äpp ",
        f"app {'a' * 64}.",
        "app a.b",
    ]
    assert [answer[0] for answer in ask_frame(*({"message": message} for message in wrong))] == ["error"] * len(wrong)
    silent = [{"message": {"a": 1}}, {"message": None}, {"message": "app ", "origin": "null"}]
    assert ask_frame(*silent) == [None] * 3


def test_frame_that_sees_no_cookies_does_not_sign_people_out() -> None:
    """Where a browser hides third parties' cookies it says error, not changed, unless it is known that there is none."""
    known = build_session_state("app", ORIGIN, build_browser_state("sid"), "00")
    questions = [{"message": f"app {known}", "cookie": cookie, "seen": seen} for cookie in ("", f"{STATE_COOKIE}=x") for seen in (False, True)]  # fmt: skip
    assert [answer[0] for answer in ask_frame(*questions)] == ["error", "changed", "changed", "changed"]


def test_frame_hashes_as_the_server_does() -> None:
    """Its own SHA-256, for every length around the block's, and FIPS 180-4's examples."""
    questions = []
    for length in range(1, 200):
        client_id, state = "c" * length, hashlib.sha256(bytes([length])).hexdigest()
        known = build_session_state(client_id, ORIGIN, state, "5a17")
        questions.append({"message": f"{client_id} {known}", "cookie": f"{STATE_COOKIE}={state}"})
    assert [answer[0] for answer in ask_frame(*questions)] == ["unchanged"] * len(questions)


def test_session_state_of_the_whole_way(signed_in: Provider) -> None:
    """`SECRET` clients, form_post and fragment answers have it too."""
    page = signed_in.authorize(response_mode="form_post").text
    assert re.search(r'name="session_state" value="[0-9a-f]{64}\.[0-9a-f]{32}"', page)
    assert "session_state=" in signed_in.authorize(response_mode="fragment").headers["location"]
    assert SECRET not in page
