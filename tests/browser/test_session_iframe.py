"""The session frame in a page of another application (OpenID Connect Session Management 1.0 section 3)."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.neighbour import Neighbour, open_neighbour, session_ids
from tests.browser.people import People
from tests.browser.steps import expect_heading, open_dashboard, press

pytestmark = pytest.mark.browser

_OPEN = """(url) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.src = url;
  frame.onload = () => resolve();
  frame.sandbox = "allow-scripts allow-same-origin";
  frame.name = "op";
  document.body.append(frame);
})"""
_ASK = """([message, origin]) => new Promise((resolve) => {
  const frame = document.querySelector("iframe[name=op]").contentWindow;
  const heard = (event) => {
    if (event.source === frame && event.origin === origin) {
      removeEventListener("message", heard);
      resolve(event.data);
    }
  };
  addEventListener("message", heard);
  frame.postMessage(message, origin);
})"""
_WAIT_FOR_WORD = """(url) => new Promise((resolve) => {
  const frame = document.createElement("iframe");
  frame.src = url;
  addEventListener("message", (event) => { if (event.source === frame.contentWindow) resolve(event.data); });
  document.body.append(frame);
})"""


@pytest.fixture
def neighbour(demo: RunningDemo) -> Iterator[Neighbour]:
    """An application that asks."""
    with open_neighbour(demo, f"asking-{uuid.uuid4().hex[:8]}") as neighbour:
        yield neighbour


def open_frame(page: Page, demo: RunningDemo) -> None:
    """Load the provider's frame into the page, which has an origin of its own."""
    metadata = page.request.get(f"{demo.realm_url}/.well-known/openid-configuration").json()
    page.evaluate(_OPEN, metadata["check_session_iframe"])


def ask(page: Page, demo: RunningDemo, message: str) -> str:
    """Post the message to the frame and return its answer."""
    return str(page.evaluate(_ASK, [message, demo.settings.public_url]))


def test_frame_notices_sign_out_and_another_sign_in(
    demo: RunningDemo, people: People, chromium: Chromium, neighbour: Neighbour
) -> None:
    """oidcc-session-management-rp-initiated-logout: unchanged, then changed; without a session that is known, too."""
    alice, page = people.create("alice"), chromium.open()
    answer = neighbour.sign_in(page, alice)
    question = f"{neighbour.client_id} {answer['session_state']}"
    open_frame(page, demo)
    assert ask(page, demo, question) == "unchanged"
    assert ask(page, demo, question) == "unchanged"

    elsewhere = chromium.context.new_page()
    open_dashboard(elsewhere, demo.account_url)
    press(elsewhere, "Sign out")
    expect_heading(elsewhere, "You are signed out")
    assert ask(page, demo, question) == "changed"

    silent = neighbour.sign_in(elsewhere, prompt="none")
    assert silent["error"] == "login_required"
    nobody = f"{neighbour.client_id} {silent['session_state']}"
    assert ask(page, demo, nobody) == "unchanged"
    neighbour.sign_in(elsewhere, alice)
    assert ask(page, demo, nobody) == "changed"
    assert ask(page, demo, question) == "changed"


def test_frame_answers_keycloaks_own_client(
    demo: RunningDemo, people: People, chromium: Chromium, neighbour: Neighbour
) -> None:
    """It sends the `sid`; only pages of the client's own origins get an answer to that."""
    alice, page = people.create("alice"), chromium.open()
    neighbour.sign_in(page, alice)
    (sid,) = session_ids(demo, alice)
    open_frame(page, demo)
    assert ask(page, demo, f"{neighbour.client_id} {sid}") == "unchanged"
    assert ask(page, demo, f"{neighbour.client_id} {sid[::-1]}") == "changed"
    assert ask(page, demo, f"{neighbour.client_id} ") == "changed"
    assert ask(page, demo, f"demo-app {sid}") == "error"
    assert ask(page, demo, "no question") == "error"


def test_stolen_session_state_tells_other_origins_nothing(
    demo: RunningDemo, people: People, chromium: Chromium, neighbour: Neighbour
) -> None:
    """The frame looks at who asks, not at what is said."""
    alice, page = people.create("alice"), chromium.open()
    answer = neighbour.sign_in(page, alice)
    with open_neighbour(demo, f"thief-{uuid.uuid4().hex[:8]}") as thief:
        page.goto(thief.web.url())
        open_frame(page, demo)
        assert ask(page, demo, f"{neighbour.client_id} {answer['session_state']}") == "changed"


def test_cookie_steps_say_what_the_browser_does(demo: RunningDemo, chromium: Chromium, neighbour: Neighbour) -> None:
    """For keycloak-js, before it relies on the frame. Nothing of the try is left."""
    page = chromium.open()
    page.goto(neighbour.web.url())
    step = f"{demo.realm_url}/protocol/openid-connect/3p-cookies/step1.html"
    assert page.evaluate(_WAIT_FOR_WORD, step) == "supported"
    assert [cookie["name"] for cookie in chromium.context.cookies()] == []


def test_state_is_all_that_scripts_see(
    demo: RunningDemo, people: People, chromium: Chromium, neighbour: Neighbour
) -> None:
    """Of all our cookies; it is gone with the session."""
    page = chromium.open()
    neighbour.sign_in(page, people.create("alice"))
    seen = {cookie["name"] for cookie in chromium.context.cookies() if not cookie["httpOnly"]}
    assert seen == {"idp-state-demo"}
    open_dashboard(page, demo.account_url)
    assert page.evaluate("document.cookie").startswith("idp-state-demo=")
    press(page, "Sign out")
    expect_heading(page, "You are signed out")
    assert page.evaluate("document.cookie") == ""
