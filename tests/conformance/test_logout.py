"""The plans oidcc-rp-initiated-logout, oidcc-backchannel-rp-initiated-logout, oidcc-frontchannel-rp-initiated-logout and
oidcc-session-management: each test is named by its module.

Where a request must not be followed, the suite wants a page that asks or refuses, and no redirect; it finds out by prompt=none
whether the session lives.
"""

import re
import threading
from collections.abc import Iterator
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from idp.models import Client
from idp.serving.logout_worker import LogoutWorker
from tests.conformance.robot import CLIENT, ENDPOINTS, ISSUER, Robot
from tests.oidc.receiver import Receiver, fetching
from tests.oidc.session_iframe import ask_frame
from tests.provider import Page, Provider
from tests.web_server import WebServer, web_server

ORIGIN = "http://localhost:3000"
BYE = f"{ORIGIN}/logged-out"
FRAME = f"{ORIGIN}/frontchannel-logout?kept=1"
STATE_COOKIE = "idp-state-demo"


class Party(Robot):
    """The suite's client with what it needs for logouts."""

    def register(self, **columns: Any) -> None:
        """Change what is registered."""
        with self.provider.services.database.transaction() as session:
            row = session.query(Client).filter_by(client_id=self.client_id).one()
            for name, value in columns.items():
                setattr(row, name, value)
        self.provider.services.clients.clear()

    def sign_out(self, method: str = "GET", **parameters: str) -> Page:
        """Send the browser to the end session endpoint."""
        if method == "POST":
            return self.browser.post(f"{ENDPOINTS}/logout", parameters)
        return self.browser.get(f"{ENDPOINTS}/logout?{urlencode(parameters)}")

    def is_signed_in(self) -> bool:
        """Ask without a page."""
        answer = self.answer(self.open(prompt="none"))
        assert "code" in answer or answer["error"] == "login_required"
        return "code" in answer

    def expect_question(self, page: Page, status: int = 200) -> None:
        """The page stays here; the session lives until the person says otherwise, and then it ends, still here."""
        assert (page.status, page.url.startswith(f"{ENDPOINTS}/logout")) == (status, True), page.url
        asked = self.browser.page
        assert self.is_signed_in()
        self.browser.page = asked
        done = self.browser.press("Sign out")
        assert done.url.startswith(ISSUER)
        assert done.title == "You are signed out"
        assert BYE not in done.html
        assert not self.is_signed_in()


@pytest.fixture
def party(provider: Provider) -> Party:
    """A client that may be returned to after a logout."""
    party = Party(provider)
    party.register(post_logout_redirect_uris=[BYE])
    return party


@pytest.fixture
def web() -> Iterator[WebServer]:
    """The machine that the client runs on."""
    with web_server() as web:
        yield web


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(party: Party) -> None:
    """RP-Initiated Logout section 2.1: the endpoint is named, and it is there."""
    assert party.metadata()["end_session_endpoint"] == f"{ENDPOINTS}/logout"
    assert party.sign_out().status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_oidcc_rp_initiated_logout(party: Party, method: str) -> None:
    """Hint, address and state: back at the client with the state, and nobody is signed in."""
    hint = party.tokens()["id_token"]
    page = party.sign_out(method, id_token_hint=hint, post_logout_redirect_uri=BYE, state="bye~1 &=")
    assert page.url.partition("?")[0] == BYE
    assert page.query == {"state": "bye~1 &="}
    assert not party.is_signed_in()


@pytest.mark.parametrize("uri", [f"{BYE}/", f"{ORIGIN}/callback", "https://evil.example/"])
def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(party: Party, uri: str) -> None:
    """Section 3: an address that is not registered is not gone to."""
    hint = party.tokens()["id_token"]
    party.expect_question(party.sign_out(id_token_hint=hint, post_logout_redirect_uri=uri, state="s"), status=400)


def test_oidcc_rp_initiated_logout_modified_id_token_hint(party: Party) -> None:
    """Section 2: a hint whose signature does not fit is not followed."""
    head, payload, signature = party.tokens()["id_token"].split(".")
    changed = ("B" if signature[9] == "A" else "A").join((signature[:9], signature[10:]))
    sent = {"post_logout_redirect_uri": BYE, "state": "s"}
    party.expect_question(party.sign_out(id_token_hint=f"{head}.{payload}.{changed}", **sent), status=400)


def test_oidcc_rp_initiated_logout_no_id_token_hint(party: Party) -> None:
    """Section 2: without a hint the person is asked, and the address alone says not whose it is."""
    party.tokens()
    party.expect_question(party.sign_out(post_logout_redirect_uri=BYE, state="s"))


def test_oidcc_rp_initiated_logout_no_params(party: Party) -> None:
    """Section 2: nothing is required."""
    party.tokens()
    party.expect_question(party.sign_out())


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(party: Party) -> None:
    """Section 2: the session ends, and the browser stays."""
    page = party.sign_out(id_token_hint=party.tokens()["id_token"], state="s")
    assert page.title == "You are signed out"
    assert not party.is_signed_in()


def test_oidcc_rp_initiated_logout_no_state(party: Party) -> None:
    """Section 3: what was not sent does not come back."""
    page = party.sign_out(id_token_hint=party.tokens()["id_token"], post_logout_redirect_uri=BYE)
    assert page.url == BYE
    assert not party.is_signed_in()


def test_oidcc_rp_initiated_logout_only_state(party: Party) -> None:
    """Section 2: a state says nothing about who asks."""
    party.tokens()
    party.expect_question(party.sign_out(state="s"))


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(party: Party) -> None:
    """Section 3: compared exactly."""
    sent = {"post_logout_redirect_uri": f"{BYE}?extra=1", "state": "s"}
    party.expect_question(party.sign_out(id_token_hint=party.tokens()["id_token"], **sent), status=400)


def test_oidcc_rp_initiated_logout_bad_id_token_hint(party: Party) -> None:
    """Section 2: what is no ID Token is not followed."""
    party.tokens()
    page = party.sign_out(id_token_hint="not-an-id-token", post_logout_redirect_uri=BYE, state="s")
    party.expect_question(page, status=400)


def test_oidcc_backchannel_logout_discovery_endpoint_verification(party: Party) -> None:
    """Back-Channel Logout section 2.1."""
    metadata = party.metadata()
    assert metadata["backchannel_logout_supported"] is True
    assert metadata["backchannel_logout_session_supported"] is True


def receive(party: Party, web: WebServer) -> Receiver:
    """Have the client told by the back channel, at an address that checks the logout token (section 2.6)."""
    party.register(backchannel_logout_uri=web.url("/backchannel"), backchannel_logout_session_required=True)
    keys = SimpleNamespace(http=party.http, path=lambda name: f"{ENDPOINTS}/{name}", clock=party.provider.clock)
    receiver = web.replies["/backchannel"] = Receiver(keys, CLIENT, issuer=ISSUER)  # type: ignore[arg-type]
    return receiver


def deliver(provider: Provider) -> str:
    """Have one notice delivered as a running server does, and return how that ended."""
    ended, outcomes = threading.Event(), list[str]()

    def note(outcome: str) -> None:
        outcomes.append(outcome)
        ended.set()

    worker = LogoutWorker(fetching(provider, "localhost"), note)  # type: ignore[arg-type]
    worker.start()
    try:
        assert ended.wait(20)
    finally:
        worker.stop()
    (outcome,) = outcomes
    return outcome


def test_oidcc_backchannel_rp_initiated_logout(party: Party, web: WebServer) -> None:
    """A logout token with the subject and the session of the ID Token, and then the way back."""
    receiver = receive(party, web)
    tokens = party.tokens()
    page = party.sign_out(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="s")
    assert (page.url.partition("?")[0], page.query) == (BYE, {"state": "s"})
    assert deliver(party.provider) == "delivered"
    assert receiver.wrong == []
    ((told),) = receiver.told
    assert (told["sub"], told["sid"]) == (tokens["claims"]["sub"], tokens["claims"]["sid"])
    assert not party.is_signed_in()


def test_oidcc_frontchannel_logout_discovery_endpoint_verification(party: Party) -> None:
    """Front-Channel Logout section 3."""
    metadata = party.metadata()
    assert metadata["frontchannel_logout_supported"] is True
    assert metadata["frontchannel_logout_session_supported"] is True


def test_oidcc_frontchannel_rp_initiated_logout(party: Party) -> None:
    """A frame that the page's policy lets load, with issuer and session of the ID Token, and then the way back."""
    party.register(frontchannel_logout_uri=FRAME, frontchannel_logout_session_required=True)
    tokens = party.tokens()
    page = party.sign_out(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="s")
    ((frame),) = (unescape(url) for url in re.findall(r'<iframe [^>]*src="([^"]*)"', page.html))
    assert frame.startswith(f"{FRAME}&")
    assert parse_qs(urlsplit(frame).query) == {"kept": ["1"], "iss": [ISSUER], "sid": [tokens["claims"]["sid"]]}
    assert f"frame-src {ORIGIN}" in page.headers["content-security-policy"].split("; ")
    ((back),) = (
        unescape(url) for url in re.findall(r'<meta http-equiv="refresh" content="\d+; url=([^"]*)"', page.html)
    )
    assert back == f"{BYE}?state=s"
    assert not party.is_signed_in()


def test_oidcc_session_management_discovery_endpoint_verification(party: Party) -> None:
    """Session Management section 3.3: the frame is named, and other sites may show it."""
    frame = party.http.get(party.metadata()["check_session_iframe"])
    assert (frame.status_code, frame.headers["content-type"].partition(";")[0]) == (200, "text/html")
    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    assert f'data-cookie="{STATE_COOKIE}"' in frame.text


def compare(party: Party, session_state: str) -> str:
    """Ask the frame, in this browser, whether anything has changed."""
    state = party.browser.client.cookies.get(STATE_COOKIE) or ""
    question = {"message": f"{CLIENT} {session_state}", "cookie": f"__Host-{STATE_COOKIE}={state}", "origin": ORIGIN}
    ((answer, target, _),) = ask_frame(question)
    assert target == ORIGIN
    return str(answer)


def test_oidcc_session_management_rp_initiated_logout(party: Party) -> None:
    """unchanged while the session lives, changed after the logout."""
    answer = party.authorize()
    session_state = answer["session_state"]
    assert compare(party, session_state) == "unchanged"
    hint = party.exchange(answer["code"]).json()["id_token"]
    page = party.sign_out(id_token_hint=hint, post_logout_redirect_uri=BYE, state="s")
    assert page.url.startswith(f"{BYE}?")
    assert compare(party, session_state) == "changed"
    assert not party.is_signed_in()
