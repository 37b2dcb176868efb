"""An application asks for the certificate although the session has only a password."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.people import People
from tests.browser.steps import badge, begin_at, expect_heading, expect_signed_in, expect_text, follow, press

pytestmark = pytest.mark.browser


def test_step_up_asks_for_the_certificate_alone(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """The password counts still; the same session is at level 2 afterwards, for every application."""
    alice = people.create("alice")
    laptop = people.issue(alice)
    chromium.certificates.install(laptop.file, laptop.password)
    page = chromium.open()
    begin_at(page, demo.app_url, alice)
    before = expect_signed_in(page, demo.app_url)
    assert before["acr"] == "1"

    follow(page, "Step up to the certificate")
    expect_heading(page, "Confirm with your certificate")
    press(page, "Continue with certificate")
    expect(badge(page, "acr")).to_have_text("2")
    after = expect_signed_in(page, demo.app_url)
    page.goto(demo.second_app_url)
    follow(page, "Sign in")
    second = expect_signed_in(page, demo.second_app_url)

    assert (after["acr"], after["sid"], after["auth_time"]) == ("2", before["sid"], before["auth_time"])
    assert second["amr"] == ["pwd", "x509"]


def test_step_up_given_up_tells_the_application(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """Who goes back comes to the application with the error for it, and stays signed in as before."""
    alice = people.create("alice")
    people.issue(alice)
    page = chromium.open()
    begin_at(page, demo.app_url, alice)
    follow(page, "Step up to the certificate")
    press(page, "Continue with certificate")
    expect_heading(page, "No certificate arrived")
    follow(page, "Cancel and go back to Demo application")

    expect_heading(page, "That did not work")
    expect_text(page, "unmet_authentication_requirements")
    follow(page, "Back to the start")
    assert expect_signed_in(page, demo.app_url)["acr"] == "1"
