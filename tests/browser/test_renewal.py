"""Renewal in a real browser, from the address in the reminder to the tested new certificate."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewChromium
from tests.browser.demo import RunningDemo
from tests.browser.enrolment import download
from tests.browser.mailbox import Mailbox
from tests.browser.people import People
from tests.browser.steps import begin_at, expect_heading, expect_signed_in, expect_text, press, type_password

pytestmark = pytest.mark.browser


def test_certificate_is_renewed_in_one_sitting(
    demo: RunningDemo, people: People, mailbox: Mailbox, new_chromium: NewChromium
) -> None:
    """The address survives the sign-in, whose certificate counts; the old one works beside the new one."""
    alice = people.create("alice")
    old = people.issue(alice)
    people.enable_two_factor(alice, old)
    people.move_end(alice, 10)
    chromium = new_chromium()
    chromium.certificates.install(old.file, old.password)
    page = chromium.open()
    page.goto(f"{demo.account_url}certificates/{old.id}/renew")
    type_password(page, alice)
    press(page, "Continue with certificate")
    expect_heading(page, "Renew your certificate")
    expect_text(page, "Thank you, that was Laptop")
    expect(page.get_by_label("Name for the device")).to_have_value("Laptop")
    password = page.locator("#generated-password").inner_text()
    file = download(page, chromium.home)

    renewed = new_chromium()  # whose policy cannot choose the old one
    renewed.certificates.install(file, password)
    page = renewed.open()
    begin_at(page, demo.app_url, alice)
    press(page, "Continue with certificate")
    assert expect_signed_in(page, demo.app_url)["amr"] == ["pwd", "x509"]
    first, second = sorted(people.list_certificates(alice), key=lambda row: row.replaces_id or "")
    assert (second.replaces_id, first.revoked_at) == (first.id, None)
    assert first.superseded_at is not None
    assert second.proven_at is not None
    mailbox.wait_for(alice.email, "has been renewed")
