"""Both sample applications beside a complete provider, in one process."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from idp.demo.application import build_application
from idp.demo.options import DemoOptions
from idp.demo.prepare import plant
from idp.demo.samples import build_samples
from idp.demo.seed import build_applications
from tests.provider import PASSWORD, PUBLIC, Browser, Provider, run_provider

ISSUER = f"{PUBLIC}/realms/demo"
FIRST, SECOND = build_applications(DemoOptions())


@dataclass
class Person:
    """Somebody with one browser, in which the provider and an application are open."""

    provider: Provider
    at_provider: Browser
    app: TestClient

    def begin(self, path: str = "/login") -> None:
        """Press the application's link and go where it leads."""
        self.at_provider.get(self.app.get(path, follow_redirects=False).headers["location"])

    def finish(self) -> Any:
        """Go back to the application with the provider's answer, and follow it to the page."""
        return self.app.get(self.at_provider.page.url)

    def sign_in(self, path: str = "/login") -> Any:
        """Sign in with the password and return the application's page."""
        self.begin(path)
        self.at_provider.press("Sign in", username="alice", password=PASSWORD)
        return self.finish()


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    """Run a provider on today's date, because the application looks at its own clock."""
    with run_provider(database_url, tmp_path) as running:
        running.clock.advance(datetime.now(UTC) - running.clock.now())
        plant(running.services, (FIRST, SECOND))
        yield running


def open_application(provider: Provider, issuer: str = ISSUER, **changes: Any) -> TestClient:
    """Return a browser's view of the first sample application."""
    values = {"client_id": FIRST.client_id, "client_secret": FIRST.secret, "base_url": FIRST.url, **changes}
    transport = httpx2.ASGITransport(provider.app)
    app = build_application(issuer, title=FIRST.title, transport=transport, **values)
    return TestClient(app, base_url=FIRST.url)


@pytest.fixture
def alice(provider: Provider) -> Person:
    """Alice, with both applications at hand."""
    samples = build_samples(ISSUER, FIRST, SECOND, httpx2.ASGITransport(provider.app))
    return Person(provider, provider.browser(), TestClient(samples, base_url=FIRST.url))
