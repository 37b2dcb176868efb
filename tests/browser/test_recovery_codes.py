"""A recovery code in place of the certificate."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.mailbox import Mailbox
from tests.browser.people import People
from tests.browser.steps import begin_at, expect_heading, expect_signed_in, expect_text, follow, press

pytestmark = pytest.mark.browser


def type_code(page: Page, code: str) -> None:
    """Give the code."""
    expect_heading(page, "Use a recovery code")
    page.get_by_label("Recovery code").fill(code)
    press(page, "Continue")


def test_recovery_code_signs_in_once(demo: RunningDemo, people: People, mailbox: Mailbox, chromium: Chromium) -> None:
    """The code gets its owner in and proves no certificate; a mail tells of it; a second time it is worth nothing."""
    alice = people.create("alice")
    first, second, *_ = people.enable_two_factor(alice, people.issue(alice))
    page = chromium.open()
    begin_at(page, demo.app_url, alice)
    press(page, "Continue with certificate")
    expect_heading(page, "No certificate arrived")
    follow(page, "Use a recovery code")
    type_code(page, first.upper().replace("-", " "))
    claims = expect_signed_in(page, demo.app_url)
    assert (claims["amr"], claims["acr"]) == (["pwd"], "1")
    assert "9 are left" in mailbox.wait_for(alice.email, "recovery code").text

    press(page, "Sign out")
    begin_at(page, demo.app_url, alice)
    follow(page, "Use a recovery code")
    type_code(page, first)
    expect_text(page, "This is not one of your unused recovery codes.")
    type_code(page, second)
    expect_signed_in(page, demo.app_url)


def test_recovery_code_is_no_way_around_a_demanded_certificate(
    demo: RunningDemo, people: People, chromium: Chromium
) -> None:
    """An application that insists on the certificate is not offered a code."""
    alice = people.create("alice")
    people.enable_two_factor(alice, people.issue(alice))
    page = chromium.open()
    begin_at(page, demo.app_url, alice, "Sign in with a certificate required")

    expect_heading(page, "Confirm with your certificate")
    expect(page.get_by_role("link", name="Use a recovery code")).to_have_count(0)
    press(page, "Continue with certificate")
    expect_heading(page, "No certificate arrived")
    expect(page.get_by_role("link", name="Use a recovery code")).to_have_count(0)
