"""The page after a logout, with a frame for each application (OpenID Connect Front-Channel Logout 1.0 section 3)."""

import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import PATIENCE_MILLISECONDS, Chromium
from tests.browser.demo import RunningDemo
from tests.browser.neighbour import Neighbour, has_tokens, open_neighbour, session_ids
from tests.browser.patience import eventually
from tests.browser.people import People, Person
from tests.browser.steps import expect_heading, follow, open_dashboard, press
from tests.web_server import Asked, Reply

pytestmark = pytest.mark.browser


@pytest.fixture
def neighbours(demo: RunningDemo) -> Iterator[list[Neighbour]]:
    """Two applications that want to be told, one of them of which session."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(
                open_neighbour(
                    demo,
                    f"{name}-{uuid.uuid4().hex[:8]}",
                    frontchannel_logout_uri="{}/out",
                    frontchannel_logout_session_required=required,
                )
            )
            for name, required in (("first", True), ("second", False))
        ]


def sign_in_at_both(page: Page, neighbours: list[Neighbour], person: Person) -> str:
    """Sign in at both and return the ID Token of the first."""
    first, second = neighbours
    tokens = first.redeem(page, first.sign_in(page, person)["code"])
    second.redeem(page, second.sign_in(page)["code"])
    return str(tokens["id_token"])


def leave(page: Page, neighbour: Neighbour, id_token: str, **more: str) -> None:
    """Sign out at one of them."""
    query = {"id_token_hint": id_token, "post_logout_redirect_uri": neighbour.farewell, "state": "s", **more}
    page.goto(f"{neighbour.demo.realm_url}/protocol/openid-connect/logout?{urlencode(query)}", wait_until="commit")


def test_all_applications_are_told_and_the_browser_goes_back(
    demo: RunningDemo, people: People, chromium: Chromium, neighbours: list[Neighbour]
) -> None:
    """Both frames load, with issuer and session where that is registered, and then the script goes on."""
    alice, page = people.create("alice"), chromium.open()
    id_token = sign_in_at_both(page, neighbours, alice)
    (sid,) = session_ids(demo, alice)
    leave(page, neighbours[0], id_token)

    page.wait_for_url(f"{neighbours[0].farewell}?state=s")
    assert neighbours[0].asked_for("/out") == [{"iss": demo.realm_url, "sid": sid}]
    assert neighbours[1].asked_for("/out") == [{}]
    assert not has_tokens(demo, alice)


def test_without_scripts_the_head_of_the_page_goes_on(
    people: People, chromium: Chromium, neighbours: list[Neighbour]
) -> None:
    """After a few seconds, or at once by the button."""
    alice, page = people.create("alice"), chromium.open(java_script_enabled=False)
    leave(page, neighbours[0], sign_in_at_both(page, neighbours, alice))
    expect_heading(page, "You are signed out")
    page.wait_for_url(f"{neighbours[0].farewell}?state=s")
    eventually(lambda: neighbours[0].asked_for("/out") and neighbours[1].asked_for("/out"), "both are told")


def test_application_that_does_not_answer_holds_nobody_up(
    people: People, chromium: Chromium, neighbours: list[Neighbour]
) -> None:
    """The page says what it does, offers the way on, and goes after a few seconds by itself."""
    go_on = threading.Event()

    def dawdle(_: Asked) -> Reply:
        go_on.wait(PATIENCE_MILLISECONDS / 1000)
        return Reply()

    alice, page = people.create("alice"), chromium.open()
    id_token = sign_in_at_both(page, neighbours, alice)
    neighbours[1].web.replies["/out"] = dawdle
    try:
        leave(page, neighbours[0], id_token)
        expect_heading(page, "You are signed out")
        for neighbour in neighbours:
            expect(page.get_by_role("listitem").filter(has_text=neighbour.client_id.title())).to_be_visible()
        page.wait_for_url(f"{neighbours[0].farewell}?state=s")
        assert not go_on.is_set()
    finally:
        go_on.set()


def test_dashboard_tells_applications_too(
    demo: RunningDemo, people: People, chromium: Chromium, neighbours: list[Neighbour]
) -> None:
    """And stays, as nobody asked to be led anywhere."""
    alice, page = people.create("alice"), chromium.open()
    sign_in_at_both(page, neighbours, alice)
    open_dashboard(page, demo.account_url)
    press(page, "Sign out")
    expect_heading(page, "You are signed out")
    eventually(lambda: neighbours[0].asked_for("/out") and neighbours[1].asked_for("/out"), "both are told")
    follow(page, "Sign in again")
    expect_heading(page, "Sign in to Account")


def test_frame_can_neither_lead_away_nor_open_anything(
    demo: RunningDemo, people: People, chromium: Chromium, neighbours: list[Neighbour]
) -> None:
    """An application's page in the frame is on its own; the page around it stays ours."""
    script = b"<script>try { top.location = '/evil'; } catch (e) {} window.open('/evil'); fetch('/ran');</script>"
    neighbours[1].web.replies["/out"] = Reply(b"<!doctype html><title>x</title>" + script, content_type="text/html")
    alice, page = people.create("alice"), chromium.open()
    sign_in_at_both(page, neighbours, alice)
    open_dashboard(page, demo.account_url)
    press(page, "Sign out")
    expect_heading(page, "You are signed out")
    eventually(lambda: neighbours[1].asked_for("/ran"), "the script in the frame has run")
    assert neighbours[1].asked_for("/evil") == []
    expect_heading(page, "You are signed out")
    assert len(chromium.context.pages) == 1
