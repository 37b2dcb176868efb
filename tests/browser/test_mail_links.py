"""Links in mails: a forgotten password, an e-mail address to confirm. They work once, and tell nobody who has an account."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.mailbox import Mailbox
from tests.browser.people import People
from tests.browser.steps import (
    begin_at,
    expect_heading,
    expect_signed_in,
    expect_text,
    follow,
    open_dashboard,
    press,
)

pytestmark = pytest.mark.browser

NEW_PASSWORD = "a brand new password it is"


def ask_for_a_link(page: Page, demo: RunningDemo, login: str) -> str:
    """Ask for a new password for *login*; return what the page says."""
    page.goto(demo.app_url)
    follow(page, "Sign in")
    follow(page, "Forgot password?")
    page.get_by_label("Username or email").fill(login)
    press(page, "Send me a link")
    expect_heading(page, "Please look at your mail")
    return page.locator("main").inner_text()


def test_forgotten_password_is_replaced_by_a_link_that_works_once(
    demo: RunningDemo, people: People, mailbox: Mailbox, chromium: Chromium
) -> None:
    """The mail's link asks for a new password; afterwards it is worthless, and only the new password signs in."""
    alice = people.create("alice")
    page = chromium.open()
    said = ask_for_a_link(page, demo, alice.email)
    assert ask_for_a_link(page, demo, "nobody@example.org") == said
    follow(page, "Back to sign-in")
    expect_heading(page, "Sign in to Demo application")
    link = mailbox.wait_for(alice.email, "Choose a new password").link_to("/login/reset-password")

    page.goto(link)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill("something else")
    press(page, "Save new password")
    expect(page.locator(".field-error")).to_be_visible()
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    press(page, "Save new password")
    expect_heading(page, "Your password is changed")
    mailbox.wait_for(alice.email, "password")
    page.goto(link)
    expect_heading(page, "This link does not work any more")

    begin_at(page, demo.app_url, alice)
    expect_text(page, "The username or password is not right.")
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    press(page, "Sign in")
    assert expect_signed_in(page, demo.app_url)["amr"] == ["pwd"]


def test_forgotten_password_does_not_replace_the_certificate(
    demo: RunningDemo, people: People, mailbox: Mailbox, chromium: Chromium
) -> None:
    """Whoever reads the mailbox gets no further than the certificate step."""
    alice = people.create("alice")
    people.enable_two_factor(alice, people.issue(alice))
    page = chromium.open()
    ask_for_a_link(page, demo, alice.username)
    page.goto(mailbox.wait_for(alice.email, "Choose a new password").link_to("/login/reset-password"))
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    press(page, "Save new password")
    follow(page, "Continue to sign-in")
    page.get_by_label("Username or email").fill(alice.username)
    page.get_by_label("Password", exact=True).fill(NEW_PASSWORD)
    press(page, "Sign in")

    expect_heading(page, "Confirm with your certificate")
    assert people.has_two_factor(alice)


def test_address_is_confirmed_once(demo: RunningDemo, people: People, mailbox: Mailbox, chromium: Chromium) -> None:
    """The dashboard sends the mail; its link shows a button; used again, it is the page that all dead links have."""
    alice = people.create("alice", email_verified=False)
    page = chromium.open()
    open_dashboard(page, demo.account_url, alice)
    expect_text(page, "Not confirmed yet")
    page.get_by_role("navigation", name="Account").get_by_role("link", name="Personal info").click()
    press(page, "Send verification mail")
    link = mailbox.wait_for(alice.email, "Confirm your address").link_to("/login/verify-email")
    page.goto(link)
    expect_text(page, alice.email)
    press(page, "Confirm address")
    expect_heading(page, "Your address is confirmed")
    page.goto(link)
    expect_heading(page, "This link does not work any more")
    open_dashboard(page, demo.account_url)

    expect_text(page, "Confirmed")


def test_link_by_hand_is_as_dead_as_a_used_one(demo: RunningDemo, chromium: Chromium) -> None:
    """A token that never was gets the same page as one that has been used."""
    page = chromium.open()
    for path in ("reset-password", "verify-email", "disable-two-factor", "enrolment"):
        page.goto(f"{demo.realm_url}/login/{path}?token=never-was")
        expect_heading(page, "This link does not work any more")


def test_wrong_passwords_are_braked_with_a_page(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """After some wrong passwords the page says how long to wait, and for a name nobody has just the same."""
    alice = people.create("alice")
    page = chromium.open()
    for username in (alice.username, f"no-{alice.username}"):
        page.goto(f"{demo.app_url}login?prompt=login")
        for _ in range(6):
            if page.get_by_role("heading", level=1, name="Please wait a moment").is_visible():
                break
            page.get_by_label("Username or email").fill(username)
            page.get_by_label("Password", exact=True).fill("a wrong password")
            with page.expect_navigation():
                press(page, "Sign in")
        expect_heading(page, "Please wait a moment")
