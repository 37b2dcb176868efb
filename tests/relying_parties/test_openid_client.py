"""openid-client 6 (npm), a certified relying party for Node, in every way it can sign in."""

import pytest

from tests.browser.demo import RunningDemo
from tests.browser.people import Person
from tests.provider import Forms
from tests.relying_parties.browser import LiveBrowser
from tests.relying_parties.openid_client import NewClient
from tests.relying_parties.puppet import Refused
from tests.relying_parties.registrations import CALLBACK, FAREWELL


@pytest.mark.parametrize("public", [True, False], ids=["public", "confidential"])
def test_code_with_pkce_state_and_nonce_gives_tokens_that_the_library_accepts(
    new_client: NewClient, provider: RunningDemo, browser: LiveBrowser, alice: Person, public: bool
) -> None:
    """OpenID Connect Core section 3.1: the library checks `iss`, state, nonce, at_hash, times and the signature."""
    client = new_client(public=public)

    answer = browser.sign_in(client.authorization_url(), alice.username, alice.password)
    tokens = client.redeem(answer.url)

    assert client.metadata["issuer"] == provider.realm_url
    assert tokens["claims"]["sub"] == alice.id
    assert tokens["claims"]["amr"] == ["pwd"]
    assert client.userinfo(tokens)["preferred_username"] == alice.username


def test_answer_of_another_login_is_refused_by_the_library(
    new_client: NewClient, browser: LiveBrowser, alice: Person
) -> None:
    """RFC 6749 section 10.12: the answer carries the state that was sent, so that a mixed-up one is noticed."""
    client = new_client()
    answer = browser.sign_in(client.authorization_url(), alice.username, alice.password)
    client.authorization_url()

    with pytest.raises(Refused, match="state"):
        client.redeem(answer.url)


def test_second_use_of_a_refresh_token_ends_the_family(
    new_client: NewClient, browser: LiveBrowser, alice: Person
) -> None:
    """RFC 9700 section 4.14.2."""
    client = new_client()
    answer = browser.sign_in(client.authorization_url(), alice.username, alice.password)
    first = client.redeem(answer.url)
    second = client.refresh(first["refresh_token"])
    third = client.refresh(second["refresh_token"])

    with pytest.raises(Refused) as refused:
        client.refresh(first["refresh_token"])

    assert refused.value.error == "invalid_grant"
    assert client.introspect(third["access_token"]) == {"active": False}


def test_second_use_of_a_code_is_refused(new_client: NewClient, browser: LiveBrowser, alice: Person) -> None:
    """RFC 6749 section 4.1.2: and what the first use gave is void."""
    client = new_client()
    answer = browser.sign_in(client.authorization_url(), alice.username, alice.password)
    tokens = client.redeem(answer.url)

    with pytest.raises(Refused) as refused:
        client.redeem(answer.url)

    assert refused.value.error == "invalid_grant"
    assert client.introspect(tokens["access_token"]) == {"active": False}


def test_second_sign_in_needs_no_password(new_client: NewClient, browser: LiveBrowser, alice: Person) -> None:
    """Single sign-on; with prompt=none too (OpenID Connect Core section 3.1.2.1)."""
    client, second = new_client(), new_client(public=True)
    tokens = client.redeem(browser.sign_in(client.authorization_url(), alice.username, alice.password).url)

    for parameters in ({}, {"prompt": "none"}, {"max_age": "3600"}):
        again = second.redeem(browser.get(second.authorization_url(**parameters)).url)

        assert again["claims"]["sid"] == tokens["claims"]["sid"]
        assert again["claims"]["auth_time"] == tokens["claims"]["auth_time"]


def test_prompt_none_without_a_session_is_login_required(new_client: NewClient, browser: LiveBrowser) -> None:
    """OpenID Connect Core section 3.1.2.6: an answer that the library reads, with state and issuer."""
    client = new_client()
    answer = browser.get(client.authorization_url(prompt="none"))

    with pytest.raises(Refused) as refused:
        client.redeem(answer.url)

    assert refused.value.name == "AuthorizationResponseError"
    assert refused.value.error == "login_required"


@pytest.mark.parametrize("parameters", [{"prompt": "login"}, {"max_age": "0"}], ids=["prompt=login", "max_age=0"])
def test_password_is_asked_again_on_demand(
    new_client: NewClient, browser: LiveBrowser, alice: Person, parameters: dict[str, str]
) -> None:
    """OpenID Connect Core section 3.1.2.1: the library finds auth_time recent enough."""
    client = new_client()
    first = client.redeem(browser.sign_in(client.authorization_url(), alice.username, alice.password).url)

    answer = browser.sign_in(client.authorization_url(**parameters), alice.username, alice.password)
    tokens = client.redeem(answer.url)

    assert tokens["claims"]["auth_time"] >= first["claims"]["auth_time"]
    assert tokens["claims"]["sub"] == alice.id


def test_form_post_answer_is_accepted(new_client: NewClient, browser: LiveBrowser, alice: Person) -> None:
    """OAuth 2.0 Form Post Response Mode: the library reads what the browser posts."""
    client = new_client()
    url = client.authorization_url(response_mode="form_post")

    page = browser.sign_in(url, alice.username, alice.password)
    (form,) = Forms(page.html).forms

    assert form["action"] == CALLBACK
    assert client.redeem(CALLBACK, form["fields"])["claims"]["sub"] == alice.id


def test_logout_url_of_the_library_ends_the_session(new_client: NewClient, browser: LiveBrowser, alice: Person) -> None:
    """OpenID Connect RP-Initiated Logout 1.0 section 2."""
    client = new_client()
    tokens = client.redeem(
        browser.sign_in(client.authorization_url(scope="openid profile"), alice.username, alice.password).url
    )

    url = client.logout_url(post_logout_redirect_uri=FAREWELL, id_token_hint=tokens["id_token"], state="so long")
    page = browser.get(url)

    assert page.url == f"{FAREWELL}?state=so+long"
    assert "Password" in browser.get(client.authorization_url()).text
    with pytest.raises(Refused) as refused:
        client.refresh(tokens["refresh_token"])
    assert refused.value.error == "invalid_grant"


def test_step_up_that_cannot_be_met_is_an_answer(new_client: NewClient, browser: LiveBrowser) -> None:
    """OpenID Connect Core Unmet Authentication Requirements 1.0: no session at all is login_required first."""
    client = new_client()
    answer = browser.get(client.authorization_url(prompt="none", acr_values="2"))

    with pytest.raises(Refused) as refused:
        client.redeem(answer.url)

    assert refused.value.error == "login_required"
