"""What the console gains with a script: a list that follows, buttons that wait for what they need."""

import pytest
from playwright.sync_api import expect

from idp.demo.seed import ADMIN, DEMO
from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.realms.realms import get_realm
from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.steps import expect_heading, press

pytestmark = pytest.mark.browser


def test_script_helps_where_it_is_there(demo: RunningDemo, chromium: Chromium) -> None:
    """New events come by themselves, also across the switch; what destroys waits for the name, what is in bulk for a tick."""
    page, console = chromium.open(), f"{demo.console_url}{DEMO}/"
    page.goto(demo.console_url)
    page.get_by_label("Username or email").fill(ADMIN.username)
    page.get_by_label("Password", exact=True).fill(ADMIN.password)
    press(page, "Sign in")
    expect_heading(page, "Overview")

    page.goto(f"{console}events?kind=server:keys:rotate&address=192.0.2.99")
    expect(page.get_by_text("No event is like that")).to_be_visible()
    with demo.services.database.transaction() as session:
        realm_id = get_realm(session, DEMO).id
        at = demo.services.clock.now()
        save_events(
            session, [EventRecord(tag=Tag.KEYS_ROTATED_ON_TIME, at=at, realm_id=realm_id, address="192.0.2.99")]
        )
    page.get_by_label("Live").check()
    expect(page.locator(".event-link")).to_have_text("Signing keys rotated on time")

    page.goto(f"{console}sessions/end-all")
    button = page.get_by_role("button", name="End all sessions", exact=True)
    expect(button).to_be_disabled()
    page.get_by_label("Type demo to confirm").fill("demo")
    expect(button).to_be_enabled()

    page.goto(f"{demo.console_url}master/sessions")
    button = page.get_by_role("button", name="End the ticked ones", exact=True)
    expect(button).to_be_disabled()
    page.get_by_label("Choose").check()
    expect(button).to_be_enabled()
