"""What people do on pages, by the words that stand there."""

import re
from typing import Any
from urllib.parse import urljoin

from playwright.sync_api import Locator, Page, expect

from tests.browser.people import Person

ENABLE = "Enable X.509 Certificate Authentication for Two-Factor Authentication"
TWO_FACTOR = "Two-Factor Authentication"


def press(page: Page, label: str) -> None:
    """Press the button with that label."""
    page.get_by_role("button", name=label, exact=True).click()


def follow(page: Page, label: str) -> None:
    """Follow the link with that label."""
    page.get_by_role("link", name=label, exact=True).click()


def heading(page: Page, text: str) -> Locator:
    """Return the page's heading, with that text."""
    return page.get_by_role("heading", level=1, name=text)


def expect_heading(page: Page, text: str) -> None:
    """Wait for the page with that heading."""
    expect(heading(page, text)).to_be_visible()


def expect_text(page: Page, text: str) -> None:
    """Wait for that text, somewhere on the page."""
    expect(page.locator("body")).to_contain_text(text)


def type_password(page: Page, person: Person) -> None:
    """Fill in the login form and send it; the username only where the browser is not known to be theirs."""
    expect_heading(page, "Sign in to")
    username = page.get_by_label("Username or email")
    if username.is_visible():
        username.fill(person.username)
    page.get_by_label("Password", exact=True).fill(person.password)
    press(page, "Sign in")


def begin_at(page: Page, app_url: str, person: Person, link: str = "Sign in") -> None:
    """Go to a sample application, press its *Sign in*, and give the password."""
    page.goto(app_url)
    follow(page, link)
    type_password(page, person)


def expect_signed_in(page: Page, app_url: str) -> dict[str, Any]:
    """Wait until the sample application says hello; return the ID Token's claims, as it shows them to scripts."""
    expect_heading(page, "Hello")
    answer = page.request.get(urljoin(app_url, "claims.json"))
    assert answer.ok
    claims: dict[str, Any] = answer.json()["claims"]
    return claims


def badge(page: Page, name: str) -> Locator:
    """Return what the sample application shows of `amr` or `acr`."""
    return page.locator(".badge").filter(has_text=re.compile(rf"^\s*{name}\b")).locator("b")


def open_dashboard(page: Page, account_url: str, person: Person | None = None) -> None:
    """Go to the dashboard, signing in as *person* where the browser is asked to."""
    page.goto(account_url)
    if person is not None:
        type_password(page, person)
    expect_heading(page, "Hello")


def open_two_factor(page: Page) -> None:
    """Choose *Two-Factor Authentication* in the dashboard's menu, which stands behind a button where there is no room."""
    page.wait_for_load_state("load")  # before the style sheets are there, the button shows on every width
    button = page.get_by_role("button", name="Menu")
    if button.is_visible():
        button.click()
    menu = page.get_by_role("navigation", name="Account")
    menu.get_by_role("link", name=TWO_FACTOR).click()
    expect_heading(page, TWO_FACTOR)


def enable_box(page: Page) -> Locator:
    """Return the checkbox."""
    return page.get_by_label(ENABLE)


def has_sideways_scrolling(page: Page) -> bool:
    """Tell whether the page is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
