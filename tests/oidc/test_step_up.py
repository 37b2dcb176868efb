"""Step-up authentication (RFC 9470): a resource server asks for more, and the provider delivers it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.provider import PASSWORD, PUBLIC, Browser, Provider, enrol, open_dashboard, run_provider

_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


@dataclass
class ResourceServer:
    """Pays out money to those who have shown a certificate within the last five minutes; docs/integrators.md has the same."""

    provider: Provider
    level: str = "2"
    max_age: int = 300

    def pay(self, access_token: str) -> tuple[int, str]:
        """Return status and challenge."""
        told = self.introspect(access_token)
        if not told["active"]:
            return 401, 'Bearer error="invalid_token"'
        age = int(self.provider.clock.now().timestamp()) - told["auth_time"]
        if told["acr"] != self.level or age > self.max_age:
            error = 'Bearer error="insufficient_user_authentication"'
            return 401, f'{error}, acr_values="{self.level}", max_age="{self.max_age}"'
        return 200, ""

    def introspect(self, access_token: str) -> dict[str, Any]:
        """Return what the provider says of the token (RFC 7662, RFC 9470 section 6.2)."""
        http = self.provider.http(self.provider.app, PUBLIC)
        response = http.post(
            "/realms/demo/protocol/openid-connect/token/introspect",
            data={"token": access_token, "client_id": "second", "client_secret": "app-secret"},
        )
        return dict(response.json())


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    """A complete provider, whose tokens outlive the resource server's patience."""
    with run_provider(database_url, tmp_path) as provider:
        provider.set_realm(access_token_lifetime=3600, session_idle_lifetime=7200)
        yield provider


@pytest.fixture
def browser(running: Provider) -> Browser:
    """Alice's browser: signed in with her password, a certificate in its store."""
    browser = running.browser()
    open_dashboard(browser)
    browser.certificate = enrol(browser)
    return browser


def parameters_of(challenge: str) -> dict[str, str]:
    """Return what the client repeats in its authorization request (RFC 9470 section 4)."""
    return {name: value for name, value in _PARAMETER.findall(challenge) if name in {"acr_values", "max_age"}}


def get_token(browser: Browser, **parameters: str) -> str:
    """Return an access token; the browser's session must do."""
    page = browser.get(browser.provider.authorization_url(**parameters))
    return str(browser.provider.redeem(page.query["code"])["access_token"])


def test_resource_server_gets_the_certificate_it_asked_for(running: Provider, browser: Browser) -> None:
    """Sections 3 to 6: challenge, authorization request with its parameters, token with acr 2 and auth_time."""
    server, weak = ResourceServer(running), get_token(browser)
    status, challenge = server.pay(weak)
    assert (status, parameters_of(challenge)) == (401, {"acr_values": "2", "max_age": "300"})

    browser.get(running.authorization_url(**parameters_of(challenge)))
    assert browser.page.title == "Confirm with your certificate"
    page = browser.press("Continue with certificate")
    tokens = running.redeem(page.query["code"])

    told = server.introspect(tokens["access_token"])
    assert (told["acr"], told["amr"]) == ("2", ["pwd", "x509"])
    assert told["auth_time"] == tokens["claims"]["auth_time"] == int(running.clock.now().timestamp())
    assert server.pay(tokens["access_token"]) == (200, "")
    assert server.pay(weak)[0] == 401


def test_resource_server_gets_a_recent_authentication(running: Provider, browser: Browser) -> None:
    """Section 5: max_age asks again, however much the session has proven before."""
    server = ResourceServer(running)
    browser.get(running.authorization_url(acr_values="2"))
    token = running.redeem(browser.press("Continue with certificate").query["code"])["access_token"]
    assert server.pay(token) == (200, "")
    running.clock.advance(seconds=301)
    status, challenge = server.pay(token)
    assert status == 401

    browser.get(running.authorization_url(**parameters_of(challenge)))
    assert browser.page.title != "Confirm with your certificate"
    browser.press("Sign in", username="alice", password=PASSWORD)
    page = browser.press("Continue with certificate")
    assert server.pay(running.redeem(page.query["code"])["access_token"]) == (200, "")


def test_who_has_no_certificate_is_told_apart(running: Provider) -> None:
    """Section 5: the client gets unmet_authentication_requirements, and no token of a lower level."""
    browser = running.browser()
    open_dashboard(browser, "bob", "bob-test-password")
    browser.get(running.authorization_url(acr_values="2", max_age="300"))
    flow = browser.page.url.split("flow=")[1]
    page = browser.get(f"/realms/demo/login/cancel?flow={flow}")
    assert page.query["error"] == "unmet_authentication_requirements"
    assert "code" not in page.query
