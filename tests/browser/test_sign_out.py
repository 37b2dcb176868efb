"""Signing out, from the application and from the dashboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.people import People
from tests.browser.steps import (
    begin_at,
    expect_heading,
    expect_signed_in,
    expect_text,
    follow,
    open_dashboard,
    press,
    type_password,
)

pytestmark = pytest.mark.browser


def test_sign_out_at_the_application_ends_the_session_everywhere(
    demo: RunningDemo, people: People, chromium: Chromium
) -> None:
    """RP-initiated logout leads back; the next sign-in, at whichever application, asks for the password."""
    alice = people.create("alice")
    page = chromium.open()
    begin_at(page, demo.app_url, alice)
    expect_signed_in(page, demo.app_url)
    open_dashboard(page, demo.account_url)
    page.goto(demo.app_url)
    press(page, "Sign out")
    expect_text(page, "You have signed out")

    follow(page, "Sign in")
    expect_heading(page, "Sign in to Demo application")
    page.goto(demo.account_url)
    expect_heading(page, "Sign in to Account")


def test_sign_out_on_the_dashboard_says_what_the_browser_remembers(
    demo: RunningDemo, people: People, chromium: Chromium
) -> None:
    """The page after *Sign out* speaks of the certificate, and the dashboard is closed, also to the back button."""
    alice = people.create("alice")
    laptop = people.issue(alice)
    people.enable_two_factor(alice, laptop)
    chromium.certificates.install(laptop.file, laptop.password)
    page = chromium.open()
    page.goto(demo.account_url)
    type_password(page, alice)
    press(page, "Continue with certificate")
    expect_heading(page, "Hello")
    press(page, "Sign out")

    expect_heading(page, "You are signed out")
    expect_text(page, "the browser may remember which one you chose")
    page.go_back()
    expect_heading(page, "Sign in to Account")


def test_logout_without_proof_asks_first(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """Another site's link cannot sign anybody out: the person is asked."""
    alice = people.create("alice")
    page = chromium.open()
    open_dashboard(page, demo.account_url, alice)
    page.goto(f"{demo.realm_url}/protocol/openid-connect/logout")
    expect_heading(page, "Do you want to sign out?")
    expect(page.locator("body")).to_contain_text("Alice Example")
    press(page, "Sign out")

    expect_heading(page, "You are signed out")
    page.goto(demo.account_url)
    expect_heading(page, "Sign in to Account")
