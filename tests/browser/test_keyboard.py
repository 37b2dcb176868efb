"""The main path by the keyboard alone: Tab, Space and Enter."""

import pytest
from playwright.sync_api import Page, expect

from idp.demo.seed import ADMIN, DEMO
from idp.demo.seed import Person as Administrator
from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.people import People, Person
from tests.browser.steps import TWO_FACTOR, expect_heading, expect_signed_in

pytestmark = pytest.mark.browser

_FOCUSED = """() => {
    const element = document.activeElement;
    const label = element.labels?.[0]?.innerText || element.getAttribute("aria-label") || element.innerText || "";
    return label.trim().replace(/\\s+/g, " ");
}"""
_HAS_OUTLINE = """() => {
    const element = document.activeElement;
    const parent = element.closest(".reveal") || element;
    return [element, parent].some((part) => {
        const style = getComputedStyle(part);
        return (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none";
    });
}"""


def tab_to(page: Page, label: str) -> None:
    """Press Tab until what has the focus is called *label*; everything on the way must show that it has it."""
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(_FOCUSED)
        if focused:
            assert page.evaluate(_HAS_OUTLINE), f"the focus on {focused!r} cannot be seen"
        if focused == label:
            return
    raise AssertionError(f"Tab does not come to {label!r}")


def type_credentials(page: Page, person: Person | Administrator) -> None:
    """Type once the cursor stands in the first field, as a person does: the heading may be there before it."""
    username = page.get_by_label("Username or email")
    expect(username).to_be_focused()
    page.keyboard.type(person.username)
    tab_to(page, "Password")
    page.keyboard.type(person.password)
    expect(username).to_have_value(person.username)
    page.keyboard.press("Enter")


def test_sign_in_by_keyboard(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """The cursor stands in the first field; Enter sends the form; one more button leads to the application."""
    alice = people.create("alice")
    laptop = people.issue(alice)
    people.enable_two_factor(alice, laptop)
    chromium.certificates.install(laptop.file, laptop.password)
    page = chromium.open()
    page.goto(demo.app_url)
    tab_to(page, "Sign in")
    page.keyboard.press("Enter")
    expect_heading(page, "Sign in to")
    type_credentials(page, alice)
    expect_heading(page, "Confirm with your certificate")
    tab_to(page, "Continue with certificate")
    page.keyboard.press("Enter")
    expect_signed_in(page, demo.app_url)


def test_dashboard_by_keyboard(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """The first Tab offers to skip to the content; the menu and the switch are reached in the order of reading."""
    alice = people.create("alice")
    page = chromium.open()
    page.goto(demo.account_url)
    expect_heading(page, "Sign in to")
    type_credentials(page, alice)
    expect_heading(page, "Hello")
    tab_to(page, "Skip to content")
    tab_to(page, TWO_FACTOR)
    page.keyboard.press("Enter")
    expect_heading(page, TWO_FACTOR)
    tab_to(page, "Enable X.509 Certificate Authentication for Two-Factor Authentication")
    page.keyboard.press("Space")
    tab_to(page, "Save Changes")
    page.keyboard.press("Enter")
    expect_heading(page, TWO_FACTOR)
    assert "Test a certificate first" in page.locator("main").inner_text()


def test_console_by_keyboard(demo: RunningDemo, chromium: Chromium) -> None:
    """Sign in, find the setting, change it, take it back: without a mouse."""
    page = chromium.open()
    page.goto(demo.console_url)
    expect_heading(page, "Sign in to")
    type_credentials(page, ADMIN)
    expect_heading(page, "Overview")
    page.goto(f"{demo.console_url}{DEMO}/")
    tab_to(page, "Skip to content")
    tab_to(page, "Settings")
    page.keyboard.press("Enter")
    expect_heading(page, "Settings")
    tab_to(page, "Passwords and locks")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Shortest password")).to_have_value("10")
    tab_to(page, "Shortest password")
    page.keyboard.type("12")
    tab_to(page, "Save Changes")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Shortest password")).to_have_value("12")
    tab_to(page, "Undo")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Shortest password")).to_have_value("10")
