"""Enrolment: an own password, what the form refuses, and which encryption is chosen."""

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from playwright.sync_api import Page, expect

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.enrolment import download, prove_certificate
from tests.browser.people import People, Person
from tests.browser.steps import expect_heading, expect_text, follow, open_dashboard, open_two_factor, press

pytestmark = pytest.mark.browser

OWN_PASSWORD = "seven purple herons waltz"


@pytest.fixture
def alice(people: People) -> Person:
    """Somebody with a password alone."""
    return people.create("alice")


@pytest.fixture
def page(demo: RunningDemo, alice: Person, chromium: Chromium) -> Page:
    """The form, opened from the menu."""
    page = chromium.open()
    open_dashboard(page, demo.account_url, alice)
    open_two_factor(page)
    follow(page, "Set up a certificate")
    return page


def choose_own_password(page: Page, password: str, repeated: str) -> None:
    """Type an own password for the file, twice."""
    page.get_by_label("Choose my own").check()
    page.get_by_label("Password for the file").fill(password)
    page.get_by_label("The same again").fill(repeated)


def test_own_password_opens_the_file_and_the_certificate_works(page: Page, alice: Person, chromium: Chromium) -> None:
    """A file under the person's own password is installed with it, and the certificate is theirs."""
    choose_own_password(page, OWN_PASSWORD, OWN_PASSWORD)
    file = download(page, chromium.home)
    key, certificate, chain = pkcs12.load_key_and_certificates(file.read_bytes(), OWN_PASSWORD.encode())
    chromium.certificates.install(file, OWN_PASSWORD)
    follow(page, "Continue to installation")
    prove_certificate(page)

    expect_text(page, "Your certificate works")
    assert key is not None
    assert certificate is not None
    assert alice.email in certificate.public_bytes(Encoding.DER).decode("latin-1")
    assert chain == []


def test_passwords_that_differ_are_told(page: Page, people: People, alice: Person) -> None:
    """The form comes back with a text at the field, with what was chosen, and without a certificate."""
    page.get_by_label("Name for the device").fill("Attic computer")
    choose_own_password(page, OWN_PASSWORD, OWN_PASSWORD + "!")
    press(page, "Download")

    expect_text(page, "The two passwords differ.")
    expect(page.get_by_label("Choose my own")).to_be_checked()
    expect(page.get_by_label("Name for the device")).to_have_value("Attic computer")
    assert people.list_certificates(alice) == []


def test_weak_password_is_refused_with_its_reason(page: Page, people: People, alice: Person) -> None:
    """A guessable password is long enough for the browser, and not good enough for us."""
    choose_own_password(page, "passwordpassword", "passwordpassword")
    press(page, "Download")

    expect(page.locator(".field-error").first).to_be_visible()
    assert people.list_certificates(alice) == []


def test_device_decides_the_encryption_and_says_why(page: Page) -> None:
    """Linux reads AES-256; for a Mac the page says that the file is encrypted in an older way, and why."""
    modern, older = page.get_by_text("encrypted with AES-256"), page.get_by_text("in an older way (3DES)")
    expect(modern).to_be_visible()
    expect(older).to_be_hidden()
    page.get_by_label("Where will you install it?").select_option("macos")
    expect(older).to_be_visible()
    expect(modern).to_be_hidden()


def test_guide_is_for_this_system_and_others_are_one_click_away(page: Page, demo: RunningDemo) -> None:
    """The guide that opens is the one for Linux; the tabs lead to the others."""
    page.goto(f"{demo.account_url}two-factor/install")
    expect_heading(page, "Install your certificate")
    expect(page.get_by_role("heading", level=2, name="Linux")).to_be_visible()
    for tab in ("Windows", "Mac", "iPhone, iPad", "Android", "Chromebook", "Firefox"):
        page.get_by_role("navigation", name="Installation guides").get_by_role("link", name=tab).click()
        expect(page.locator("a[aria-current=page]", has_text=tab)).to_be_visible()
        expect(page.locator(".guide li").first).to_be_visible()
