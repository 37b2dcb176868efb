"""A certificate that the browser already has, from an authority of the company: Chromium is told that authority's name at once."""

from pathlib import Path

import pytest

from tests.browser.cards import accepted_cards, install
from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.people import People
from tests.browser.steps import (
    begin_at,
    enable_box,
    expect_heading,
    expect_signed_in,
    expect_text,
    open_dashboard,
    press,
    type_password,
)

pytestmark = pytest.mark.browser


def test_card_is_registered_and_signs_in(demo: RunningDemo, people: People, chromium: Chromium, tmp_path: Path) -> None:
    """Without a file, over the browser's own certificate store and real TLS."""
    alice = people.create("alice")
    page = chromium.open()
    with accepted_cards(demo, registration=True) as cards:
        install(chromium, cards.issue("card-of-alice"), tmp_path)
        begin_at(page, demo.app_url, alice)
        open_dashboard(page, demo.account_url)
        page.goto(f"{demo.account_url}two-factor/enrol")
        press(page, "Use a certificate that this browser already has")
        expect_heading(page, "Use this certificate?")
        expect_text(page, "CN=card-of-alice")
        page.get_by_label("Name for the certificate").fill("My company card")
        press(page, "Use this certificate")
        expect_text(page, "My company card")
        enable_box(page).check()
        press(page, "Save Changes")
        expect_heading(page, "Your recovery codes")

        page.goto(f"{demo.app_url}login?prompt=login")
        type_password(page, alice)
        expect_heading(page, "Confirm with your certificate")
        press(page, "Continue with certificate")
        assert expect_signed_in(page, demo.app_url)["amr"] == ["pwd", "x509"]
