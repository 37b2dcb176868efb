"""The whole story: enrol, sign in with password and certificate, lose the certificate, recover."""

import base64
import hashlib
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewChromium
from tests.browser.demo import RunningDemo
from tests.browser.enrolment import enrol, prove_certificate, switch_on
from tests.browser.mailbox import Mail, Mailbox
from tests.browser.people import People, Person
from tests.browser.steps import (
    badge,
    begin_at,
    enable_box,
    expect_heading,
    expect_signed_in,
    expect_text,
    follow,
    open_dashboard,
    open_two_factor,
    press,
    type_password,
)

pytestmark = pytest.mark.browser


def test_person_enrols_signs_in_with_certificate_loses_it_and_recovers(
    demo: RunningDemo, people: People, mailbox: Mailbox, new_chromium: NewChromium
) -> None:
    """Issue 2 from the first sign-in to the last, on two computers."""
    alice = people.create("alice")
    laptop, other_computer = new_chromium(), new_chromium()
    page = laptop.open()

    # At first the password is enough.
    begin_at(page, demo.app_url, alice)
    claims = expect_signed_in(page, demo.app_url)
    assert (claims["amr"], claims["acr"]) == (["pwd"], "1")
    expect(badge(page, "amr")).to_have_text("pwd")

    # The dashboard asks for nothing: it is in the same session. There the certificate is set up and proven.
    open_dashboard(page, demo.account_url)
    enrol(page, laptop, device_name="Kitchen laptop")
    prove_certificate(page)
    codes = switch_on(page)
    assert len(set(codes)) == 10
    mailbox.wait_for(alice.email, "certificate")
    press(page, "Sign out")
    expect_heading(page, "You are signed out")
    expect_text(page, "Your certificate stays installed")

    # From now on both are needed, and the application is told so.
    page.goto(demo.app_url)
    press(page, "Sign out")
    follow(page, "Sign in and ask about the certificate")
    type_password(page, alice)
    expect_heading(page, "Confirm with your certificate")
    expect_text(page, "Kitchen laptop")
    press(page, "Continue with certificate")
    claims = expect_signed_in(page, demo.app_url)
    assert (claims["amr"], claims["acr"]) == (["pwd", "x509"], "2")
    assert {"auth_time", "sid"} <= claims.keys()
    expect_certificate_claims(claims, people, alice)
    expect(badge(page, "acr")).to_have_text("2")

    # A second application does not ask again.
    page.goto(demo.second_app_url)
    follow(page, "Sign in")
    second = expect_signed_in(page, demo.second_app_url)
    assert (second["sub"], second["sid"], second["acr"]) == (claims["sub"], claims["sid"], "2")

    # On a computer without the certificate the password does not open the account; a mail says so.
    elsewhere = other_computer.open()
    begin_at(elsewhere, demo.app_url, alice)
    press(elsewhere, "Continue with certificate")
    expect_heading(elsewhere, "No certificate arrived")
    failed = mailbox.wait_for(alice.email, "Login Failed")
    expect_useful_words(failed, elsewhere)

    # Its link shows what it would do, and does it only for the password.
    link = failed.link_to("/login/disable-two-factor")
    elsewhere.goto(link)
    elsewhere.reload()
    expect_heading(elsewhere, "Turn two-factor authentication off?")
    elsewhere.get_by_label("Password", exact=True).fill("not the password")
    press(elsewhere, "Turn two-factor authentication off")
    expect_text(elsewhere, "The password is not right.")
    assert people.has_two_factor(alice)
    elsewhere.get_by_label("Password", exact=True).fill(alice.password)
    elsewhere.get_by_label("Also revoke my certificates").check()
    press(elsewhere, "Turn two-factor authentication off")
    expect_heading(elsewhere, "Two-factor authentication is off")
    expect_text(elsewhere, "your certificate has been revoked")
    mailbox.wait_for(alice.email, "Two-factor authentication is off")
    elsewhere.goto(link)
    expect_heading(elsewhere, "This link does not work any more")

    # The password alone signs in again; the laptop's session has ended, and its certificate is revoked.
    begin_at(elsewhere, demo.app_url, alice)
    claims = expect_signed_in(elsewhere, demo.app_url)
    assert (claims["amr"], claims["acr"]) == (["pwd"], "1")
    page.goto(demo.account_url)
    type_password(page, alice)
    open_two_factor(page)
    expect(enable_box(page)).not_to_be_checked()
    expect_text(page, "Revoked and expired (1)")


def expect_certificate_claims(claims: dict[str, object], people: People, person: Person) -> None:
    """Compare what the application was told with the certificate that was issued."""
    (row,) = people.list_certificates(person)
    certificate = x509.load_der_x509_certificate(row.certificate)
    digest = base64.urlsafe_b64encode(hashlib.sha256(row.certificate).digest()).rstrip(b"=").decode()

    assert claims["x5t#S256"] == digest
    assert int(str(claims["x509_serial"]), 16) == certificate.serial_number
    assert claims["x509_subject"] == certificate.subject.rfc4514_string()
    assert claims["x509_issuer"] == certificate.issuer.rfc4514_string()


def expect_useful_words(mail: Mail, page: Page) -> None:
    """Look for what the mail has to say: when, from where, why, and what to do."""
    assert "the browser sent no certificate" in mail.text
    assert "127.0.0.1" in mail.text
    assert "Chrome on Linux" in mail.text
    assert "UTC" in mail.text
    assert "I have lost my certificate: turn two-factor authentication off" in mail.text
    assert urlsplit(mail.link_to("disable-two-factor")).netloc == urlsplit(page.url).netloc
