"""keycloak-js 26 (npm) in Chromium: our realm's addresses are Keycloak's, and nothing is configured but url, realm, clientId."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from idp.demo.seed import DEMO
from tests.browser.demo import RunningDemo
from tests.browser.people import Person
from tests.browser.steps import expect_heading, press, type_password
from tests.relying_parties.chromium import expect_state, tell
from tests.relying_parties.registrations import register
from tests.web_server import WebServer

Arrange = Callable[..., str]


@pytest.fixture
def arrange(provider: RunningDemo, pages: WebServer, page: Page) -> Arrange:
    """Register a client and tell the page about it, with options of `init`; returns the page's address."""

    def arrange(**init: Any) -> str:
        url = pages.url("/keycloak.html")
        client = register(
            provider.services,
            public=True,
            redirect_uris=[url, pages.url("/silent-check-sso.html")],
            post_logout_redirect_uris=[url],
            web_origins=[pages.url("")],
        )
        config = {"url": provider.settings.public_url, "realm": DEMO, "clientId": client.client_id}
        tell(page.context, {"config": config, "init": init})
        return url

    return arrange


@pytest.mark.parametrize("mode", ["fragment", "query"])
def test_login_required_leads_through_the_login_and_back(
    arrange: Arrange, page: Page, alice: Person, mode: str
) -> None:
    """The code flow with PKCE S256, nonce, and the answer in the fragment as keycloak-js asks by default."""
    url = arrange(onLoad="login-required", checkLoginIframe=False, responseMode=mode, scope="profile")

    page.goto(url)
    type_password(page, alice)
    expect_state(page, "signed in")

    assert page.evaluate("keycloak.subject") == alice.id
    assert page.evaluate("keycloak.idTokenParsed.amr") == ["pwd"]
    assert page.evaluate("keycloak.loadUserInfo().then(info => info.preferred_username)") == alice.username
    assert page.url.split("#")[0] == url


def test_check_sso_without_a_session_comes_back_signed_out(arrange: Arrange, page: Page) -> None:
    """prompt=none: the answer login_required is no error for keycloak-js."""
    url = arrange(onLoad="check-sso", checkLoginIframe=False)

    page.goto(url)

    expect_state(page, "signed out")


def test_check_sso_finds_the_session(arrange: Arrange, provider: RunningDemo, page: Page, alice: Person) -> None:
    """Somebody who has signed in elsewhere is signed in here without a page."""
    page.goto(provider.account_url)
    type_password(page, alice)
    expect_heading(page, "Hello")
    url = arrange(onLoad="check-sso", checkLoginIframe=False)

    page.goto(url)
    expect_state(page, "signed in")

    assert page.evaluate("keycloak.subject") == alice.id


def test_token_is_refreshed(arrange: Arrange, page: Page, alice: Person) -> None:
    """`updateToken` rotates the refresh token, as often as it is called."""
    page.goto(arrange(onLoad="login-required", checkLoginIframe=False))
    type_password(page, alice)
    expect_state(page, "signed in")
    seen = [page.evaluate("keycloak.refreshToken")]

    for _ in range(2):
        assert page.evaluate("keycloak.updateToken(-1)") is True
        seen.append(page.evaluate("keycloak.refreshToken"))

    assert len(set(seen)) == 3
    assert page.evaluate("happened.filter(name => name === 'onAuthRefreshSuccess').length") == 2


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_logout_ends_the_session(arrange: Arrange, page: Page, alice: Person, method: str) -> None:
    """`logout` comes back to the application, and the next visit asks for the password."""
    url = arrange(onLoad="login-required", checkLoginIframe=False, logoutMethod=method)
    page.goto(url)
    type_password(page, alice)
    expect_state(page, "signed in")

    page.evaluate("void keycloak.logout()")

    # Back at the application, which demands a login at once.
    expect_heading(page, "Sign in to")


def test_hidden_frame_finds_the_session(
    arrange: Arrange, pages: WebServer, provider: RunningDemo, page: Page, alice: Person
) -> None:
    """`silentCheckSsoRedirectUri`, with all of Keycloak's frames: the page itself is never left."""
    page.goto(provider.account_url)
    type_password(page, alice)
    expect_heading(page, "Hello")
    url = arrange(onLoad="check-sso", silentCheckSsoRedirectUri=pages.url("/silent-check-sso.html"))
    left: list[str] = []
    page.on("framenavigated", lambda frame: left.append(frame.url) if frame == page.main_frame else None)

    page.goto(url)
    expect_state(page, "signed in")

    assert page.evaluate("keycloak.subject") == alice.id
    assert left == [url]


def test_frame_notices_a_sign_out_elsewhere(arrange: Arrange, provider: RunningDemo, page: Page, alice: Person) -> None:
    """`checkLoginIframe`, which is on by default: `onAuthLogout` once the person has signed out in another tab."""
    page.goto(arrange(onLoad="check-sso", checkLoginIframeInterval=1))
    expect_state(page, "signed out")
    page.evaluate("void keycloak.login()")
    type_password(page, alice)
    expect_state(page, "signed in")

    other = page.context.new_page()
    other.goto(provider.account_url)
    expect_heading(other, "Hello")
    press(other, "Sign out")
    other.wait_for_load_state()

    page.wait_for_function("happened.includes('onAuthLogout')")
    assert page.evaluate("keycloak.authenticated") is False
