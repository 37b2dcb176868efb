"""An application that lets nobody in without a certificate, and somebody who has none."""

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from playwright.sync_api import expect

from idp.clients.clients import create_client
from idp.demo.application import build_application
from idp.demo.seed import DEMO
from idp.realms.realms import get_realm
from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo, free_ports
from tests.browser.enrolment import enrol, prove_certificate
from tests.browser.mailbox import Mailbox
from tests.browser.patience import eventually
from tests.browser.people import People
from tests.browser.steps import (
    TWO_FACTOR,
    begin_at,
    expect_heading,
    expect_signed_in,
    expect_text,
    follow,
    press,
    type_password,
)

pytestmark = pytest.mark.browser

SECRET = "a secret of tests, not of any use"


@pytest.fixture
def strict_app_url(demo: RunningDemo) -> Iterator[str]:
    """The start page of a sample application whose client requires certificates."""
    (port,) = free_ports(1)
    url, services = f"http://localhost:{port}", demo.services
    with services.database.transaction() as session:
        create_client(
            session,
            services.cipher,
            services.clock,
            realm_id=get_realm(session, DEMO).id,
            client_id=f"strict-{port}",
            secret=SECRET,
            redirect_uris=[f"{url}/callback"],
            post_logout_redirect_uris=[f"{url}/"],
            name="Strict application",
            home_uri=f"{url}/",
            certificate_policy="required",
        )
    app = build_application(demo.realm_url, f"strict-{port}", SECRET, url, "Strict application")
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    eventually(lambda: server.started, "the strict application is ready")
    yield f"{url}/"
    server.should_exit = True
    thread.join(20)


def test_somebody_without_a_certificate_enrols_by_mail_and_then_gets_in(
    demo: RunningDemo, people: People, mailbox: Mailbox, chromium: Chromium, strict_app_url: str
) -> None:
    """The way leads over a mail and a session that can do nothing but enrol."""
    alice = people.create("alice")
    page = chromium.open()
    begin_at(page, strict_app_url, alice)
    expect_heading(page, "You need a certificate")
    expect_text(page, "Strict application asks for a certificate")
    press(page, "Send me an enrolment link")
    expect_heading(page, "Please look at your mail")
    link = mailbox.wait_for(alice.email, "Set up your certificate").link_to("/login/enrolment")

    page.goto(link)
    expect_heading(page, "Set up your certificate")
    page.get_by_label("Password", exact=True).fill(alice.password)
    press(page, "Continue")
    expect_heading(page, TWO_FACTOR)
    page.goto(f"{demo.account_url}personal-info")
    expect_heading(page, TWO_FACTOR)
    expect(page.get_by_role("navigation", name="Account")).to_have_count(0)
    enrol(page, chromium, menu=False)
    prove_certificate(page)
    page.goto(demo.app_url)
    follow(page, "Sign in")
    expect_heading(page, "Sign in to Demo application")  # an enrolment session signs in nowhere

    begin_at(page, strict_app_url, alice)
    expect_heading(page, "Confirm with your certificate")
    press(page, "Continue with certificate")
    claims = expect_signed_in(page, strict_app_url)
    assert (claims["amr"], claims["acr"]) == (["pwd", "x509"], "2")


def test_lost_certificate_leads_to_a_new_one_and_not_to_none(
    people: People, mailbox: Mailbox, chromium: Chromium, strict_app_url: str
) -> None:
    """Where a certificate is required the mail offers a new one; nothing is switched off."""
    alice = people.create("alice")
    people.enable_two_factor(alice, people.issue(alice))
    page = chromium.open()
    begin_at(page, strict_app_url, alice)
    press(page, "Continue with certificate")
    expect_heading(page, "No certificate arrived")
    mail = mailbox.wait_for(alice.email, "Login Failed")
    assert not [link for link in mail.links if "disable-two-factor" in link]
    page.goto(mail.link_to("/login/enrolment"))
    expect_heading(page, "Set up your certificate")
    page.get_by_label("Password", exact=True).fill(alice.password)
    press(page, "Continue")

    expect_heading(page, TWO_FACTOR)
    assert people.has_two_factor(alice)


def test_realm_that_requires_and_forbids_enrolment_names_the_administrator(
    demo: RunningDemo, people: People, chromium: Chromium
) -> None:
    """Without a way by mail the page says whom to ask."""
    people.create_realm("fortress", certificate_policy="required", enrolment_by_mail=False)
    alice = people.create("alice", "fortress")
    page = chromium.open()
    page.goto(f"{demo.settings.public_url}/realms/fortress/account/")
    type_password(page, alice)

    expect_heading(page, "You need a certificate")
    expect_text(page, "Please ask your administrator")
    expect(page.get_by_role("button", name="Send me an enrolment link")).to_have_count(0)
