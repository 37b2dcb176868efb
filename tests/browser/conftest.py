"""One demo for each worker, and for each test people and browsers of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright

from idp.clock import SystemClock
from tests.browser.chromium import Chromium, find_chromium
from tests.browser.demo import RunningDemo
from tests.browser.display import Display, open_display
from tests.browser.mailbox import Mailbox
from tests.browser.people import People
from tests.clock import FixedClock

NewChromium = Callable[[], Chromium]

OLD_REALM = "veteran"


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver, for a Chromium that is there."""
    find_chromium()
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """The running demo of this worker; it has a realm OLD_REALM whose authorities could issue a year ago."""
    find_chromium()
    running = RunningDemo(tmp_path_factory.mktemp("demo"))
    long_ago = FixedClock(SystemClock().now() - timedelta(days=500))
    People(running.services, tmp_path_factory.getbasetemp()).create_realm(OLD_REALM, clock=long_ago)
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture(scope="session")
def mailbox(demo: RunningDemo) -> Mailbox:
    """The demo's mailbox."""
    return Mailbox(demo.options.mailbox_url)


@pytest.fixture
def people(demo: RunningDemo, tmp_path: Path) -> People:
    """A maker of accounts and certificates."""
    return People(demo.services, tmp_path)


@pytest.fixture
def new_chromium(playwright: Playwright, demo: RunningDemo, tmp_path: Path) -> Iterator[NewChromium]:
    """A maker of browsers, each another computer; they close with the test."""
    with ExitStack() as stack:
        numbers = iter(range(100))

        def create() -> Chromium:
            chromium = Chromium(
                playwright,
                tmp_path / f"home-{next(numbers)}",
                root=demo.folder.tls.root,
                certificate_port=demo.options.certificate_port,
            )
            stack.callback(chromium.close)
            return chromium

        yield create


@pytest.fixture
def chromium(new_chromium: NewChromium) -> Chromium:
    """A browser that nobody has used, closed."""
    return new_chromium()


@pytest.fixture
def display() -> Iterator[Display]:
    """A display of the test's own."""
    with open_display() as opened:
        yield opened
