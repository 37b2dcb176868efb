"""One provider for each worker, with a listener for every purpose, and people of a test's own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from idp.demo.seed import DEMO
from idp.pki.foreign_roots import trust_root
from idp.realms.realms import get_realm
from tests.browser.demo import RunningDemo
from tests.browser.people import People, Person
from tests.certificates import Authority
from tests.relying_parties.browser import LiveBrowser
from tests.relying_parties.chromium import new_context, open_chromium, serve_pages
from tests.relying_parties.openid_client import NewClient, OpenIDClient
from tests.relying_parties.puppet import Puppet
from tests.relying_parties.registrations import CALLBACK, FAREWELL, register
from tests.web_server import WebServer


@pytest.fixture(scope="session")
def partner() -> Authority:
    """An authority of somebody else's, which the provider trusts for the certificates of applications."""
    return Authority.create("Partner Root")


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory, partner: Authority) -> Iterator[RunningDemo]:
    """The running provider of this worker."""
    # The clients are applications on this machine, which the provider sends logout notices to.
    running = RunningDemo(tmp_path_factory.mktemp("provider"), IDP_FETCH_ALLOWED_HOSTS="localhost,127.0.0.1")
    services = running.services
    with services.database.transaction() as session:
        trust_root(session, services.clock, realm=get_realm(session, DEMO), pem=partner.pem.encode())
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture
def people(provider: RunningDemo, tmp_path: Path) -> People:
    """A maker of accounts."""
    return People(provider.services, tmp_path)


@pytest.fixture
def alice(people: People) -> Person:
    """Somebody with a password."""
    return people.create("alice")


@pytest.fixture
def new_browser() -> Iterator[Callable[..., LiveBrowser]]:
    """A maker of browsers, each another computer; they stop at addresses that nobody serves."""
    opened: list[LiveBrowser] = []

    def create(*elsewhere: str) -> LiveBrowser:
        opened.append(LiveBrowser(CALLBACK, FAREWELL, *elsewhere))
        return opened[-1]

    yield create
    for browser in opened:
        browser.client.close()


@pytest.fixture
def browser(new_browser: Callable[..., LiveBrowser]) -> LiveBrowser:
    """A browser that nobody has used."""
    return new_browser()


@pytest.fixture(scope="package")
def openid_client() -> Iterator[Puppet]:
    """The program that holds openid-client."""
    puppet = Puppet("openid_client")
    yield puppet
    puppet.close()


@pytest.fixture
def new_client(openid_client: Puppet, provider: RunningDemo) -> NewClient:
    """A maker of clients: registered with the given *metadata*, then discovered by the library, which gets the *options*."""

    def create(
        method: str | None = None, *, public: bool = False, options: Any = None, **metadata: Any
    ) -> OpenIDClient:
        if method is not None:
            metadata["token_endpoint_auth_method"] = method
        registered = register(provider.services, public=public, **metadata)
        return OpenIDClient(openid_client, provider, registered, method, **(options or {}))

    return create


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, for all tests of this worker."""
    browser = open_chromium(playwright)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def pages() -> Iterator[WebServer]:
    """The web server that applications in pages come from."""
    with serve_pages() as server:
        yield server


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a Chromium that nobody has used."""
    context = new_context(chromium)
    yield context.new_page()
    context.close()
