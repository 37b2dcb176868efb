"""The certificate step fails: each reason has its page, and none of them is a TLS error of the browser's."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from idp.clock import SystemClock
from tests.browser.chromium import Chromium
from tests.browser.conftest import OLD_REALM
from tests.browser.demo import RunningDemo
from tests.browser.mailbox import Mailbox
from tests.browser.people import CertificateFile, People, Person
from tests.browser.steps import begin_at, expect_heading, expect_signed_in, expect_text, follow, press, type_password
from tests.clock import FixedClock

pytestmark = pytest.mark.browser


def begin_with_certificate(page: Page, demo: RunningDemo, person: Person) -> None:
    """Sign in to the dashboard of the person's realm, up to and with the certificate."""
    page.goto(f"{demo.settings.public_url}/realms/{person.realm}/account/")
    type_password(page, person)
    press(page, "Continue with certificate")


def issue_expired(people: People, person: Person) -> CertificateFile:
    """A certificate of last year."""
    return people.issue(person, clock=FixedClock(SystemClock().now() - timedelta(days=370)))


def issue_revoked(people: People, person: Person) -> CertificateFile:
    """A certificate that was revoked."""
    certificate = people.issue(person)
    people.revoke(certificate)
    return certificate


def issue_to_somebody_else(people: People, person: Person) -> CertificateFile:
    """Another person's certificate of the same realm."""
    return people.issue(people.create("bob", person.realm))


def issue_elsewhere(people: People, person: Person) -> CertificateFile:
    """A certificate of another realm of this provider, so that the browser offers it."""
    return people.issue(people.create("carol", "master"))


CASES: list[tuple[str, Callable[[People, Person], CertificateFile], str]] = [
    ("This certificate has been revoked", issue_revoked, "It was switched off"),
    ("This certificate belongs to another account", issue_to_somebody_else, "a different"),
    ("This certificate is not from here", issue_elsewhere, "does not accept"),
]


@pytest.mark.parametrize(("title", "issue", "text"), CASES, ids=[title for title, *_ in CASES])
def test_refused_certificate_has_a_page_that_names_it(
    demo: RunningDemo,
    people: People,
    chromium: Chromium,
    title: str,
    issue: Callable[[People, Person], CertificateFile],
    text: str,
) -> None:
    """The page says what is wrong, shows the certificate that came, and offers what can be done."""
    alice = people.create("alice", OLD_REALM)
    people.enable_two_factor(alice, people.issue(alice))
    certificate = issue(people, alice)
    chromium.certificates.install(certificate.file, certificate.password)
    page = chromium.open()
    begin_with_certificate(page, demo, alice)

    expect_heading(page, title)
    expect_text(page, text)
    expect_text(page, certificate.serial_number)
    expect_text(page, "Reference for support:")
    press(page, "Try again")
    expect_heading(page, title)


def test_expired_certificate_is_named_although_browsers_do_not_offer_it(
    demo: RunningDemo, people: People, mailbox: Mailbox, chromium: Chromium
) -> None:
    """Chromium sends nothing then; page and mail say why, because the account's own list tells."""
    alice = people.create("alice", OLD_REALM)
    expired = issue_expired(people, alice)
    people.enable_two_factor(alice, expired)
    chromium.certificates.install(expired.file, expired.password)
    page = chromium.open()
    begin_with_certificate(page, demo, alice)

    expect_heading(page, "Your certificate has expired")
    expect_text(page, "browsers do not offer expired certificates")
    assert "the certificate has expired" in mailbox.wait_for(alice.email, "Login Failed").text
    follow(page, "Cancel and go back to Account")
    expect_heading(page, "You are not signed in")


def test_nothing_sent_leads_to_a_fresh_host_each_time(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """Each attempt has a host of its own, also the one of *Try again*."""
    alice = people.create("alice")
    people.enable_two_factor(alice, people.issue(alice))
    page = chromium.open()
    hosts: list[str] = []
    page.on("request", lambda request: hosts.append(request.url) if ".cert.localhost" in request.url else None)
    begin_at(page, demo.app_url, alice)
    press(page, "Continue with certificate")
    expect_heading(page, "No certificate arrived")
    press(page, "Try again")
    expect_heading(page, "No certificate arrived")

    assert len(hosts) == len(set(hosts)) == 2


def test_failures_are_counted_and_braked(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """After some failures the page asks to wait; the right certificate does not help before that is over."""
    alice = people.create("alice")
    laptop = people.issue(alice)
    people.enable_two_factor(alice, laptop)
    page = chromium.open()
    begin_at(page, demo.app_url, alice)
    press(page, "Continue with certificate")
    for _ in range(4):
        expect_heading(page, "No certificate arrived")
        press(page, "Try again")
    chromium.certificates.install(laptop.file, laptop.password)
    expect_heading(page, "No certificate arrived")
    press(page, "Try again")

    expect_heading(page, "Please wait a moment")
    follow(page, "Back to sign-in")
    expect_heading(page, "No certificate arrived")


def test_certificate_installed_after_a_failure_works_at_the_next_try(
    demo: RunningDemo, people: People, chromium: Chromium
) -> None:
    """Nobody has to close the browser: *Try again* finds the certificate that was installed meanwhile."""
    alice = people.create("alice")
    laptop = people.issue(alice)
    people.enable_two_factor(alice, laptop)
    page = chromium.open()
    begin_at(page, demo.app_url, alice)
    press(page, "Continue with certificate")
    expect_heading(page, "No certificate arrived")
    chromium.certificates.install(laptop.file, laptop.password)
    press(page, "Try again")

    assert expect_signed_in(page, demo.app_url)["acr"] == "2"
