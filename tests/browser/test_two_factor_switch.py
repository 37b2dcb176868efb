"""Switching two-factor authentication on and off in the dashboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.mailbox import Mailbox
from tests.browser.people import People
from tests.browser.steps import (
    enable_box,
    expect_heading,
    expect_signed_in,
    expect_text,
    follow,
    open_dashboard,
    open_two_factor,
    press,
)

pytestmark = pytest.mark.browser


def test_without_a_tested_certificate_it_is_refused_with_the_reason(
    demo: RunningDemo, people: People, chromium: Chromium
) -> None:
    """A certificate that was downloaded and never presented does not count, nor does a test without one."""
    alice = people.create("alice")
    people.issue(alice)
    page = chromium.open()
    open_dashboard(page, demo.account_url, alice)
    open_two_factor(page)

    enable_box(page).check()
    press(page, "Save Changes")
    expect_text(page, "Test a certificate first")
    expect(enable_box(page)).not_to_be_checked()
    press(page, "Test my certificate")
    expect_heading(page, "No certificate arrived")
    follow(page, "Installation guide")
    follow(page, "Back to Two-Factor Authentication")
    enable_box(page).check()
    press(page, "Save Changes")

    expect_text(page, "Test a certificate first")
    assert not people.has_two_factor(alice)


def test_somebody_elses_certificate_does_not_pass_the_test(
    demo: RunningDemo, people: People, chromium: Chromium
) -> None:
    """The test names the certificate that came and says whose it is not."""
    alice, bob = people.create("alice"), people.create("bob")
    people.issue(alice)
    bobs = people.issue(bob)
    chromium.certificates.install(bobs.file, bobs.password)
    page = chromium.open()
    open_dashboard(page, demo.account_url, alice)
    open_two_factor(page)
    press(page, "Test my certificate")

    expect_heading(page, "This certificate belongs to another account")
    expect_text(page, bobs.serial_number)
    assert people.list_certificates(alice)[0].proven_at is None


def test_switching_off_asks_for_the_password(
    demo: RunningDemo, people: People, mailbox: Mailbox, chromium: Chromium
) -> None:
    """Unticking the box leads to a question; the password answers it, a mail confirms it, one factor is enough again."""
    alice = people.create("alice")
    laptop = people.issue(alice)
    people.enable_two_factor(alice, laptop)
    chromium.certificates.install(laptop.file, laptop.password)
    page = chromium.open()
    page.goto(demo.account_url)
    page.get_by_label("Username or email").fill(alice.email)
    page.get_by_label("Password", exact=True).fill(alice.password)
    press(page, "Sign in")
    press(page, "Continue with certificate")
    expect_heading(page, "Hello")
    open_two_factor(page)

    enable_box(page).uncheck()
    press(page, "Save Changes")
    page.get_by_label("Password", exact=True).fill("wrong")
    press(page, "Turn two-factor authentication off")
    expect_text(page, "The password is not right.")
    assert people.has_two_factor(alice)
    page.get_by_label("Password", exact=True).fill(alice.password)
    press(page, "Turn two-factor authentication off")
    expect(enable_box(page)).not_to_be_checked()

    mailbox.wait_for(alice.email, "Two-factor authentication is off")
    page.goto(f"{demo.app_url}login?prompt=login")
    page.get_by_label("Password", exact=True).fill(alice.password)
    press(page, "Sign in")
    assert expect_signed_in(page, demo.app_url)["amr"] == ["pwd"]


def test_revoking_the_last_certificate_says_what_is_left(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """The page warns before, and the certificate is listed as revoked after."""
    alice = people.create("alice")
    laptop = people.issue(alice)
    people.enable_two_factor(alice, laptop)
    chromium.certificates.install(laptop.file, laptop.password)
    page = chromium.open()
    page.goto(demo.account_url)
    page.get_by_label("Username or email").fill(alice.username)
    page.get_by_label("Password", exact=True).fill(alice.password)
    press(page, "Sign in")
    press(page, "Continue with certificate")
    open_two_factor(page)

    page.get_by_role("link", name="Revoke Laptop").click()
    expect_text(page, "This is your last tested certificate.")
    if page.get_by_label("Password", exact=True).count():
        page.get_by_label("Password", exact=True).fill(alice.password)
    press(page, "Revoke certificate")

    expect_text(page, "Revoked and expired (1)")
    assert people.list_certificates(alice)[0].revoked_at is not None
