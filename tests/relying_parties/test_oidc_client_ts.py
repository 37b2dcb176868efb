"""oidc-client-ts 3 (npm) in Chromium: a public client in a page, with silent renew and the session's frame."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.demo import RunningDemo
from tests.browser.people import Person
from tests.browser.steps import expect_heading, press, type_password
from tests.relying_parties.chromium import expect_state, tell
from tests.relying_parties.registrations import register
from tests.web_server import WebServer

Arrange = Callable[..., str]

_ASK_USERINFO = """async token => {
    const url = await manager.metadataService.getUserInfoEndpoint()
    return (await fetch(url, {headers: {Authorization: `Bearer ${token}`}})).status
}"""

# The library's own `loadUserInfo` sends every token as a bearer token, which RFC 9449 section 7.1 forbids for a bound one.
_ASK_USERINFO_WITH_PROOF = """async () => {
    const user = await manager.getUser()
    const url = await manager.metadataService.getUserInfoEndpoint()
    const ask = headers => fetch(url, {headers})
    const DPoP = await manager.dpopProof(url, user, 'GET')
    const answer = await ask({Authorization: `DPoP ${user.access_token}`, DPoP})
    const asBearer = await ask({Authorization: `Bearer ${user.access_token}`})
    return [(await answer.json()).sub, asBearer.status]
}"""


@pytest.fixture
def arrange(provider: RunningDemo, pages: WebServer, page: Page) -> Arrange:
    """Register a client and tell the page about it, with more settings of its `UserManager`; returns the page's address."""

    def arrange(**settings: Any) -> str:
        url = pages.url("/oidc_client_ts.html")
        client = register(
            provider.services,
            public=True,
            redirect_uris=[url],
            post_logout_redirect_uris=[url],
            web_origins=[pages.url("")],
        )
        defaults = {"authority": provider.realm_url, "client_id": client.client_id, "scope": "openid profile"}
        tell(page.context, {**defaults, **settings})
        return url

    return arrange


def sign_in(page: Page, url: str, person: Person) -> None:
    """Begin the login from the page, and come back signed in."""
    page.goto(url)
    expect_state(page, "signed out")
    page.evaluate("void manager.signinRedirect()")
    type_password(page, person)
    expect_state(page, "signed in")


def test_page_signs_in_with_discovery_and_pkce(arrange: Arrange, page: Page, alice: Person) -> None:
    """Metadata, key set and tokens across origins; UserInfo with the access token."""
    sign_in(page, arrange(loadUserInfo=True), alice)

    user = page.evaluate("manager.getUser()")

    assert user["profile"]["sub"] == alice.id
    assert user["profile"]["preferred_username"] == alice.username


def test_page_binds_its_tokens_to_a_key_it_cannot_show(arrange: Arrange, page: Page, alice: Person) -> None:
    """RFC 9449 across origins, with a key that scripts cannot export: code (section 10), tokens, refresh, UserInfo."""
    sign_in(page, arrange(dpop=True), alice)
    before = page.evaluate("manager.getUser()")

    after = page.evaluate("manager.signinSilent()")

    assert (before["token_type"], after["token_type"]) == ("DPoP", "DPoP")
    assert page.evaluate(_ASK_USERINFO_WITH_PROOF) == [alice.id, 401]
    assert after["access_token"] != before["access_token"]


def test_silent_renew_goes_through_a_hidden_frame(arrange: Arrange, page: Page, alice: Person) -> None:
    """prompt=none in a frame: new tokens of the same session, and no page for the person (Core section 3.1.2.1)."""
    sign_in(page, arrange(), alice)
    before = page.evaluate("manager.getUser()")
    # Where there is a refresh token, the library would use that.
    page.evaluate("user => manager.storeUser(new oidc.User({...user, refresh_token: undefined}))", before)

    with page.expect_request(lambda request: "prompt=none" in request.url):
        after = page.evaluate("manager.signinSilent()")

    assert after["access_token"] != before["access_token"]
    assert after["profile"]["sid"] == before["profile"]["sid"]


def test_silent_renew_uses_the_refresh_token(arrange: Arrange, page: Page, alice: Person) -> None:
    """RFC 6749 section 6, from a page: the token rotates."""
    sign_in(page, arrange(), alice)
    before = page.evaluate("manager.getUser()")

    after = page.evaluate("manager.signinSilent()")

    assert after["refresh_token"] != before["refresh_token"]
    assert after["access_token"] != before["access_token"]


def test_silent_renew_without_a_session_is_login_required(arrange: Arrange, page: Page) -> None:
    """The answer of the hidden frame is the error, which the library raises (Core section 3.1.2.6)."""
    page.goto(arrange())
    expect_state(page, "signed out")

    error = page.evaluate("manager.signinSilent().catch(error => error.error)")

    assert error == "login_required"


def test_tokens_are_revoked_by_the_page(arrange: Arrange, page: Page, alice: Person) -> None:
    """RFC 7009, across origins: afterwards the access token is worth nothing at UserInfo."""
    sign_in(page, arrange(), alice)
    token = page.evaluate("manager.getUser().then(user => user.access_token)")
    assert page.evaluate(_ASK_USERINFO, token) == 200

    page.evaluate("manager.revokeTokens()")

    assert page.evaluate(_ASK_USERINFO, token) == 401


def test_sign_out_comes_back_to_the_page(arrange: Arrange, page: Page, alice: Person) -> None:
    """RP-Initiated Logout: with the ID Token as hint, and with state."""
    sign_in(page, arrange(), alice)

    page.evaluate("void manager.signoutRedirect({state: 'kept'})")
    page.wait_for_url("**/oidc_client_ts.html?state=*")
    page.evaluate("void manager.signinRedirect()")

    expect_heading(page, "Sign in to")


def test_session_frame_notices_a_sign_out_elsewhere(
    arrange: Arrange, provider: RunningDemo, page: Page, alice: Person
) -> None:
    """OpenID Connect Session Management 1.0 section 3: first nothing has changed, then the person signs out in another tab."""
    url = arrange(monitorSession=True, checkSessionIntervalInSeconds=1)
    sign_in(page, url, alice)
    assert page.evaluate("manager.getUser().then(user => user.session_state)")
    # The frame's own answer, beside what the library makes of it.
    page.evaluate("addEventListener('message', message => happened.push(String(message.data)))")
    page.wait_for_function("happened.includes('unchanged')")
    assert "changed" not in page.evaluate("happened")

    other = page.context.new_page()
    other.goto(provider.account_url)
    expect_heading(other, "Hello")
    press(other, "Sign out")
    other.wait_for_load_state()

    page.wait_for_function("happened.includes('UserSignedOut')")
    assert "changed" in page.evaluate("happened")
