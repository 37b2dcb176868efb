"""Addresses that are copied, kept, gone back to, or opened twice: a clear page, and nobody in who should not be."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from idp.login.flows import KIND
from tests.browser.chromium import Chromium
from tests.browser.conftest import NewChromium
from tests.browser.demo import RunningDemo
from tests.browser.people import People, Person
from tests.browser.steps import (
    begin_at,
    expect_heading,
    expect_signed_in,
    expect_text,
    follow,
    press,
    type_password,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def alice(people: People, chromium: Chromium) -> Person:
    """Somebody with a certificate in this browser."""
    person = people.create("alice")
    laptop = people.issue(person)
    people.enable_two_factor(person, laptop)
    chromium.certificates.install(laptop.file, laptop.password)
    return person


@pytest.fixture
def page(chromium: Chromium, alice: Person) -> Page:
    """That browser."""
    return chromium.open()


def test_copied_step_continues_nobodys_login(
    demo: RunningDemo, alice: Person, page: Page, new_chromium: NewChromium
) -> None:
    """The address of the certificate page, opened in another browser, is refused there and still good here."""
    begin_at(page, demo.app_url, alice)
    expect_heading(page, "Confirm with your certificate")
    elsewhere = new_chromium().open()
    elsewhere.goto(page.url)
    expect_heading(elsewhere, "Please start in this browser")
    press(page, "Continue with certificate")

    expect_signed_in(page, demo.app_url)


def test_stolen_return_address_signs_nobody_in(
    demo: RunningDemo, alice: Person, page: Page, new_chromium: NewChromium
) -> None:
    """The address with the one-time code of the certificate host is worth nothing elsewhere, nor twice."""
    returns: list[str] = []
    page.on("request", lambda request: returns.append(request.url) if "/certificate/return?" in request.url else None)
    begin_at(page, demo.app_url, alice)
    press(page, "Continue with certificate")
    expect_signed_in(page, demo.app_url)
    (stolen,) = returns
    elsewhere = new_chromium().open()

    elsewhere.goto(stolen)
    expect_heading(elsewhere, "You have already signed in here")
    elsewhere.goto(demo.app_url)
    expect_heading(elsewhere, "Welcome")
    page.goto(stolen)
    expect_heading(page, "You have already signed in here")


def test_back_button_after_the_end_says_that_it_is_done(demo: RunningDemo, alice: Person, page: Page) -> None:
    """Going back to a page of the login and pressing its button does no harm, and leads to the application."""
    begin_at(page, demo.app_url, alice)
    expect_heading(page, "Confirm with your certificate")
    step = page.url
    press(page, "Continue with certificate")
    expect_signed_in(page, demo.app_url)

    page.goto(step)
    expect_heading(page, "You have already signed in here")
    follow(page, "Go to Demo application")
    expect_signed_in(page, demo.app_url)
    for _ in range(6):
        page.go_back(wait_until="commit")
        if "/login/" in page.url:
            break
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "Internal" not in page.content()


def test_two_tabs_both_come_to_their_end(demo: RunningDemo, alice: Person, page: Page, chromium: Chromium) -> None:
    """Logins begun in two tabs do not disturb each other: the second finds the session of the first, or its own."""
    other_tab = chromium.context.new_page()
    page.goto(demo.app_url)
    follow(page, "Sign in")
    other_tab.goto(demo.second_app_url)
    follow(other_tab, "Sign in")
    expect_heading(other_tab, "Sign in to Second application")
    type_password(page, alice)
    press(page, "Continue with certificate")
    first = expect_signed_in(page, demo.app_url)
    type_password(other_tab, alice)
    press(other_tab, "Continue with certificate")
    second = expect_signed_in(other_tab, demo.second_app_url)

    assert first["sub"] == second["sub"]
    page.goto(demo.app_url)
    expect_heading(page, "Hello")


def test_expired_login_says_so_and_starts_again(demo: RunningDemo, alice: Person, page: Page) -> None:
    """A login that was left open for too long is a page; from the application it begins anew."""
    begin_at(page, demo.app_url, alice)
    expect_heading(page, "Confirm with your certificate")
    (flow,) = parse_qs(urlsplit(page.url).query)["flow"]
    demo.services.ephemeral.delete(KIND, flow)
    press(page, "Continue with certificate")
    expect_heading(page, "This sign-in has timed out")
    expect_text(page, "Nothing is lost")
    begin_at(page, demo.app_url, alice)
    press(page, "Continue with certificate")

    expect_signed_in(page, demo.app_url)


def test_certificate_host_used_twice_or_by_hand_is_harmless(demo: RunningDemo, alice: Person, page: Page) -> None:
    """The attempt's address works once, and the host has no page of its own."""
    attempts: list[str] = []
    page.on("request", lambda request: attempts.append(request.url) if ".cert.localhost" in request.url else None)
    begin_at(page, demo.app_url, alice)
    press(page, "Continue with certificate")
    expect_signed_in(page, demo.app_url)

    page.goto(attempts[0])
    expect_text(page, "This address works once")
    page.goto(f"https://www.cert.localhost:{demo.options.certificate_port}/")
    expect_text(page, "There is nothing here.")


def test_unknown_realm_and_wrong_redirect_are_pages(demo: RunningDemo, page: Page) -> None:
    """What nobody registered is said on a page of ours, never on somebody else's."""
    page.goto(f"{demo.settings.public_url}/realms/nowhere/account/")
    expect_heading(page, "There is nothing here")
    query = "response_type=code&client_id=demo-app&scope=openid&redirect_uri="
    page.goto(f"{demo.realm_url}/protocol/openid-connect/auth?{query}{demo.app_url}callbackk")
    assert page.url.startswith(demo.realm_url)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
