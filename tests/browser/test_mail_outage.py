"""No SMTP server: nothing is lost, and the mail goes out after a restart."""

import pytest

from tests.browser.chromium import Chromium
from tests.browser.demo import RunningDemo, free_ports
from tests.browser.mailbox import Mailbox
from tests.browser.people import People
from tests.browser.steps import begin_at, expect_heading, press

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory):
    """A demo of its own, whose SMTP server cannot be reached."""
    running = RunningDemo(tmp_path_factory.mktemp("outage"))
    try:
        running.start(IDP_SMTP_URL=f"smtp://127.0.0.1:{free_ports(1)[0]}")
        yield running
    finally:
        running.close()


def test_mail_of_an_outage_arrives_after_the_restart(demo: RunningDemo, people: People, chromium: Chromium) -> None:
    """The page promises the mail although it cannot be sent; a restart later it is there, and its link works."""
    mailbox = Mailbox(demo.options.mailbox_url)
    alice = people.create("alice")
    people.enable_two_factor(alice, people.issue(alice))
    page = chromium.open()
    begin_at(page, demo.app_url, alice)
    press(page, "Continue with certificate")
    expect_heading(page, "No certificate arrived")
    assert mailbox.read(alice.email) == []

    demo.stop()
    demo.start()
    page.goto(mailbox.wait_for(alice.email, "Login Failed").link_to("disable-two-factor"))
    expect_heading(page, "Turn two-factor authentication off?")
