"""Enrolment as a person goes through it: from the menu to a certificate that the browser has."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.chromium import Chromium
from tests.browser.steps import enable_box, expect_heading, follow, open_two_factor, press


def enrol(page: Page, chromium: Chromium, *, device_name: str = "Kitchen laptop", menu: bool = True) -> Path:
    """Download a certificate under the generated password, install it with the guide; return the file.

    Without *menu* the page *Two-Factor Authentication* is open already.
    """
    if menu:
        open_two_factor(page)
    follow(page, "Set up a certificate")
    expect_heading(page, "Set up a certificate")
    page.get_by_label("Name for the device").fill(device_name)
    password = page.locator("#generated-password").inner_text()
    file = download(page, chromium.home)
    follow(page, "Continue to installation")
    expect_heading(page, "Install your certificate")
    chromium.certificates.install(file, password)
    return file


def download(page: Page, folder: Path) -> Path:
    """Press *Download* and keep the file in *folder*."""
    with page.expect_download() as arriving:
        press(page, "Download")
    file = folder / arriving.value.suggested_filename
    arriving.value.save_as(file)
    return file


def prove_certificate(page: Page) -> None:
    """Press *Test my certificate*, with success, and go on."""
    press(page, "Test my certificate")
    expect_heading(page, "Your certificate works")
    follow(page, "Continue")


def switch_on(page: Page) -> list[str]:
    """Tick the box and save; return the recovery codes, of which the person keeps a copy."""
    enable_box(page).check()
    press(page, "Save Changes")
    expect_heading(page, "Your recovery codes")
    codes = page.locator("#codes li").all_inner_texts()
    follow(page, "I have kept them")
    expect(enable_box(page)).to_be_checked()
    return codes
