"""express-openid-connect 3 (npm): a server's session, RP-initiated logout and back-channel logout."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.demo import RunningDemo, free_ports
from tests.browser.patience import eventually
from tests.browser.people import People, Person
from tests.relying_parties.browser import LiveBrowser
from tests.relying_parties.puppet import Puppet
from tests.relying_parties.registrations import Registered, register


@dataclass(frozen=True)
class Application:
    """Where the application runs, and its client."""

    url: str
    client: Registered

    def state(self, browser: LiveBrowser) -> dict[str, Any]:
        """Return what the application knows of the browser."""
        return json.loads(browser.get(self.url).html)


Start = Callable[..., Application]


@pytest.fixture
def start(provider: RunningDemo) -> Iterator[Start]:
    """A maker of applications, each a process of its own."""
    puppets: list[Puppet] = []

    def start(method: str = "client_secret_basic", *, options: Any = None, **metadata: Any) -> Application:
        (port,) = free_ports(1)
        url = f"http://localhost:{port}"
        client = register(
            provider.services,
            redirect_uris=[f"{url}/callback"],
            post_logout_redirect_uris=[url],
            token_endpoint_auth_method=method,
            **{name: value.format(url=url) if isinstance(value, str) else value for name, value in metadata.items()},
        )
        puppets.append(Puppet("express_openid_connect"))
        puppets[-1].call(
            "start",
            port=port,
            issuer=provider.realm_url,
            clientId=client.client_id,
            secret=client.secret,
            method=method,
            **(options or {}),
        )
        return Application(url, client)

    yield start
    for puppet in puppets:
        puppet.close()


def test_application_signs_in_refreshes_and_signs_out(start: Start, browser: LiveBrowser, alice: Person) -> None:
    """Code with PKCE and nonce; UserInfo; refresh; then RP-initiated logout, after which the password is asked."""
    application = start()

    browser.sign_in(f"{application.url}/login", alice.username, alice.password)
    state = json.loads(browser.page.html)
    userinfo = json.loads(browser.get(f"{application.url}/userinfo").html)
    refreshed = json.loads(browser.get(f"{application.url}/refresh").html)
    browser.get(f"{application.url}/logout")

    assert state["signedIn"]
    assert state["claims"]["sub"] == userinfo["sub"] == alice.id
    assert userinfo["email"] == alice.email
    assert refreshed == {"rotated": True, "signedIn": True}
    assert browser.page.url.rstrip("/") == application.url
    assert not application.state(browser)["signedIn"]
    assert "Password" in browser.get(f"{application.url}/login").text


def test_logout_elsewhere_signs_out_here_by_the_back_channel(
    start: Start, browser: LiveBrowser, new_browser: Callable[..., LiveBrowser], people: People, alice: Person
) -> None:
    """OpenID Connect Back-Channel Logout 1.0: the person who has signed out, and nobody else."""
    listener = start(options={"backchannel": True}, backchannel_logout_uri="{url}/backchannel-logout")
    other = start()
    bob, elsewhere = people.create("bob"), new_browser()
    elsewhere.sign_in(f"{listener.url}/login", bob.username, bob.password)
    browser.sign_in(f"{listener.url}/login", alice.username, alice.password)
    browser.get(f"{other.url}/login")
    assert listener.state(browser)["signedIn"]

    browser.get(f"{other.url}/logout")

    eventually(lambda: not listener.state(browser)["signedIn"], "the application has heard of the logout")
    assert listener.state(elsewhere)["signedIn"]


def test_pushed_request_and_signed_assertion_sign_in(start: Start, browser: LiveBrowser, alice: Person) -> None:
    """RFC 9126 with client_secret_jwt, as the middleware does them."""
    application = start("client_secret_jwt", options={"pushed": True}, require_pushed_authorization_requests=True)

    browser.sign_in(f"{application.url}/login", alice.username, alice.password)

    assert application.state(browser)["claims"]["sub"] == alice.id
