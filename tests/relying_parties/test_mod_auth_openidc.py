"""mod_auth_openidc (Debian), a certified relying party in C, with all three logouts."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.browser.demo import RunningDemo, free_ports
from tests.browser.patience import eventually
from tests.browser.people import Person
from tests.browser.steps import expect_heading, type_password
from tests.relying_parties.apache import Site, find_apache, open_apache, site_url
from tests.relying_parties.browser import LiveBrowser
from tests.relying_parties.registrations import register


@dataclass(frozen=True)
class Sites:
    """One without notices, one with front-channel and one with back-channel notices."""

    plain: Site
    front: Site
    back: Site


@pytest.fixture(scope="module")
def sites(provider: RunningDemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """Three sites of one Apache."""
    find_apache()
    notices = (
        {},
        {"frontchannel_logout_uri": "{url}/oidc?logout=get", "frontchannel_logout_session_required": True},
        {"backchannel_logout_uri": "{url}/oidc?logout=backchannel", "backchannel_logout_session_required": True},
    )
    made = [make_site(provider, port, metadata) for port, metadata in zip(free_ports(3), notices, strict=True)]
    with open_apache(tmp_path_factory.mktemp("apache"), provider.realm_url, made):
        yield Sites(*made)


def make_site(provider: RunningDemo, port: int, metadata: dict[str, str | bool]) -> Site:
    """Register a client for the site at *port*."""
    url = site_url(port)
    filled = {name: value.format(url=url) if isinstance(value, str) else value for name, value in metadata.items()}
    client = register(
        provider.services,
        redirect_uris=[f"{url}/oidc"],
        post_logout_redirect_uris=[f"{url}/farewell"],
        **filled,
    )
    return Site(port, client)


def claims_at(browser: LiveBrowser, site: Site) -> dict[str, str]:
    """Return the claims that the application behind *site* gets; empty where Apache lets nobody through."""
    page = browser.get(f"{site.url}/claims")
    return json.loads(page.html) if page.url.startswith(site.url) else {}


def logout_url(site: Site) -> str:
    """Return the address at *site* that begins a logout, which comes back to another page of it."""
    return f"{site.url}/oidc?{urlencode({'logout': f'{site.url}/farewell'})}"


def test_person_is_let_through_with_claims(sites: Sites, browser: LiveBrowser, alice: Person) -> None:
    """Discovery, code with PKCE, state and nonce, ID Token and UserInfo; the claims reach the application as headers."""
    browser.sign_in(f"{sites.plain.url}/claims", alice.username, alice.password)
    claims = json.loads(browser.page.html)

    assert claims["oidc_claim_sub"] == alice.id
    assert claims["oidc_claim_email"] == alice.email
    assert claims["oidc_claim_acr"] == "1"


def test_logout_of_the_site_ends_the_session_at_the_provider(sites: Sites, browser: LiveBrowser, alice: Person) -> None:
    """RP-initiated logout: with id_token_hint and post_logout_redirect_uri, so that nobody is asked."""
    browser.sign_in(f"{sites.plain.url}/claims", alice.username, alice.password)

    browser.get(logout_url(sites.plain))

    # Back at the site, whose page nobody may see now: Apache sends the browser to the login.
    assert "Password" in browser.page.text
    assert claims_at(browser, sites.plain) == {}


def test_logout_elsewhere_reaches_the_site_by_the_front_channel(sites: Sites, page: Page, alice: Person) -> None:
    """OpenID Connect Front-Channel Logout 1.0: the provider's page loads the site's address in a frame."""
    page.goto(f"{sites.front.url}/claims")
    type_password(page, alice)
    expect(page.locator("body")).to_contain_text(alice.id)
    page.goto(f"{sites.plain.url}/claims")
    expect(page.locator("body")).to_contain_text(alice.id)

    with page.expect_response(lambda answer: answer.url.startswith(f"{sites.front.url}/oidc?logout=get")) as notice:
        page.goto(logout_url(sites.plain))
    expect_heading(page, "Sign in to")
    page.goto(f"{sites.front.url}/claims")

    assert notice.value.ok
    assert "sid=" in notice.value.url
    expect_heading(page, "Sign in to")


def test_logout_elsewhere_reaches_the_site_by_the_back_channel(
    sites: Sites, browser: LiveBrowser, alice: Person
) -> None:
    """OpenID Connect Back-Channel Logout 1.0: the module verifies the logout token and drops its session."""
    browser.sign_in(f"{sites.back.url}/claims", alice.username, alice.password)
    browser.get(f"{sites.plain.url}/claims")
    assert claims_at(browser, sites.back)["oidc_claim_sub"] == alice.id

    browser.get(logout_url(sites.plain))

    eventually(lambda: claims_at(browser, sites.back) == {}, "the site has heard of the logout")
