"""The main path in a browser that runs no scripts."""

import pytest

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.enrolment import enrol, prove_certificate, switch_on
from tests.browser.people import People
from tests.browser.steps import (
    expect_heading,
    expect_signed_in,
    follow,
    open_dashboard,
    press,
    type_password,
)

pytestmark = pytest.mark.browser


def test_everything_works_without_scripts(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """Enrol, test, switch on, sign out, sign in with the certificate: all of it in plain HTML."""
    alice = people.create("alice")
    page = chromium.open(java_script_enabled=False, viewport={"width": 390, "height": 800})
    open_dashboard(page, demo.account_url, alice)
    enrol(page, chromium)
    prove_certificate(page)
    switch_on(page)
    press(page, "Sign out")
    expect_heading(page, "You are signed out")
    page.goto(demo.app_url)
    follow(page, "Sign in")
    type_password(page, alice)
    press(page, "Continue with certificate")

    assert expect_signed_in(page, demo.app_url)["acr"] == "2"
