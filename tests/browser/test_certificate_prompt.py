"""The browser's own certificate prompt, answered at the keyboard as a person would."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo
from tests.browser.display import Display
from tests.browser.people import People
from tests.browser.steps import (
    begin_at,
    expect_heading,
    expect_signed_in,
    expect_text,
    follow,
    heading,
    press,
    type_password,
)

pytestmark = [pytest.mark.browser, pytest.mark.headful]


def press_and_go_on(page: Page, label: str) -> None:
    """Press the button that leads to the prompt, without waiting for the page that comes after it."""
    page.get_by_role("button", name=label, exact=True).click(no_wait_after=True)


def test_certificate_chosen_signs_in(demo: RunningDemo, people: People, chromium: Chromium, display: Display) -> None:
    """The prompt opens on *Continue with certificate*; OK leads to the application."""
    alice = people.create("alice")
    laptop = people.issue(alice)
    people.enable_two_factor(alice, laptop)
    chromium.certificates.install(laptop.file, laptop.password)
    page = chromium.open(display=display.name)

    begin_at(page, demo.app_url, alice)
    press_and_go_on(page, "Continue with certificate")
    display.answer_prompt("Return")

    claims = expect_signed_in(page, demo.app_url)
    assert (claims["amr"], claims["acr"]) == (["pwd", "x509"], "2")


def test_prompt_cancelled_explains_and_asks_again(
    demo: RunningDemo, people: People, chromium: Chromium, display: Display
) -> None:
    """Cancel is a page, and *Try again* makes the browser ask afresh, although it remembers a refusal for each host."""
    alice = people.create("alice")
    laptop = people.issue(alice)
    people.enable_two_factor(alice, laptop)
    chromium.certificates.install(laptop.file, laptop.password)
    page = chromium.open(display=display.name)
    begin_at(page, demo.app_url, alice)

    press_and_go_on(page, "Continue with certificate")
    display.answer_prompt("Escape")
    expect_heading(page, "No certificate arrived")
    expect_text(page, "the prompt was cancelled")
    press_and_go_on(page, "Try again")
    display.answer_prompt("Escape")
    expect_heading(page, "No certificate arrived")
    press_and_go_on(page, "Try again")
    display.answer_prompt("Return")

    assert expect_signed_in(page, demo.app_url)["acr"] == "2"


def test_somebody_elses_certificate_is_refused_and_ones_own_then_accepted(
    demo: RunningDemo, people: People, chromium: Chromium, display: Display
) -> None:
    """With the certificates of two people the wrong one is named as such, and the right one works at the next try."""
    alice, bob = people.create("alice"), people.create("bob")
    for person in (alice, bob):
        certificate = people.issue(person, device_name="Shared computer")
        people.enable_two_factor(person, certificate)
        chromium.certificates.install(certificate.file, certificate.password)
    page = chromium.open(display=display.name)
    begin_at(page, demo.app_url, alice)
    press_and_go_on(page, "Continue with certificate")
    display.answer_prompt("Return")
    first_was_right = _answered(page)
    if first_was_right:
        press(page, "Sign out")
        follow(page, "Sign in")
        type_password(page, bob)
        press_and_go_on(page, "Continue with certificate")
        display.answer_prompt("Return")

    expect_heading(page, "This certificate belongs to another account")
    expect_text(page, "CN=Alice Example" if first_was_right else "CN=Bob Example")
    press_and_go_on(page, "Try again")
    display.answer_prompt("Down", "Return")

    claims = expect_signed_in(page, demo.app_url)
    assert claims["sub"] == (bob.id if first_was_right else alice.id)


def _answered(page: Page) -> bool:
    hello, refused = heading(page, "Hello"), heading(page, "This certificate belongs to another account")
    expect(hello.or_(refused)).to_be_visible()
    return hello.is_visible()


def test_no_certificate_installed_needs_no_answer(
    demo: RunningDemo, people: People, chromium: Chromium, display: Display
) -> None:
    """A browser without a certificate of ours opens no prompt; the page says what is missing."""
    alice = people.create("alice")
    people.enable_two_factor(alice, people.issue(alice))
    page = chromium.open(display=display.name)
    begin_at(page, demo.app_url, alice)

    press(page, "Continue with certificate")

    expect_heading(page, "No certificate arrived")
    assert not display.prompt_is_open()


def test_another_person_on_the_same_browser_is_asked_afresh(
    demo: RunningDemo, people: People, chromium: Chromium, display: Display
) -> None:
    """After signing out the browser asks the next person, and does not send the first one's certificate by itself."""
    alice, bob = people.create("alice"), people.create("bob")
    laptop = people.issue(alice)
    people.enable_two_factor(alice, laptop)
    people.enable_two_factor(bob, people.issue(bob))
    chromium.certificates.install(laptop.file, laptop.password)
    page = chromium.open(display=display.name)
    begin_at(page, demo.app_url, alice)
    press_and_go_on(page, "Continue with certificate")
    display.answer_prompt("Return")
    expect_signed_in(page, demo.app_url)
    press(page, "Sign out")
    expect_text(page, "You have signed out")

    follow(page, "Sign in")
    type_password(page, bob)
    press_and_go_on(page, "Continue with certificate")
    display.answer_prompt("Return")

    expect_heading(page, "This certificate belongs to another account")
