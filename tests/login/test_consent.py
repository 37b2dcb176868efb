"""The consent step: asked once, remembered for each scope, refused, taken back (OpenID Connect Core section 3.1.2.4)."""

import pytest

from idp.models import Client, Consent, Event
from idp.users.consents import find_allowed
from tests.provider import CALLBACK, Browser, Forms, Page, Provider, open_dashboard, sign_in


@pytest.fixture
def cautious(provider: Provider) -> Provider:
    """A provider whose client `app` has to ask."""
    change_client(provider, consent_required=True)
    return provider


def change_client(provider: Provider, **values: object) -> None:
    with provider.services.database.transaction() as session:
        client = session.query(Client).filter(Client.client_id == "app").one()
        for name, value in values.items():
            setattr(client, name, value)
    provider.services.clients.clear()


def answer(browser: Browser, decision: str) -> Page:
    form = Forms(browser.page.html).forms[0]
    return browser.post(form["action"], {**form["fields"], "decision": decision})


def allowed(provider: Provider) -> list[str]:
    with provider.services.database.transaction() as session:
        return [scope for row in session.query(Consent) for scope in row.scopes]


def test_client_that_must_ask_gets_its_code_after_consent(cautious: Provider) -> None:
    """The page says what and to whom; allowing leads on to the client."""
    browser = cautious.browser()
    page = sign_in(browser, scope="openid email")
    assert page.url.split("?")[0].endswith("/login/consent")
    assert "Your email address" in page.text
    assert "localhost" in page.text
    page = answer(browser, "allow")
    assert page.url.startswith(CALLBACK)
    assert "code" in page.query
    assert allowed(cautious) == ["email", "openid"]


def test_consent_is_remembered_for_each_scope(cautious: Provider) -> None:
    """The same scopes are not asked for again; one more is, and the page tells which are known."""
    browser = cautious.browser()
    sign_in(browser, scope="openid email")
    answer(browser, "allow")
    assert browser.get(cautious.authorization_url(scope="openid")).url.startswith(CALLBACK)
    page = browser.get(cautious.authorization_url(scope="openid profile"))
    assert "/login/consent" in page.url
    assert page.text.count("allowed before") == 1
    assert answer(browser, "allow").url.startswith(CALLBACK)
    assert allowed(cautious) == ["email", "openid", "profile"]


def test_refusal_goes_to_the_client(cautious: Provider) -> None:
    """RFC 6749 section 4.1.2.1: access_denied; nothing is remembered."""
    browser = cautious.browser()
    sign_in(browser)
    page = answer(browser, "refuse")
    assert page.url.startswith(CALLBACK)
    assert (page.query["error"], page.query["state"]) == ("access_denied", page.query["state"])
    assert allowed(cautious) == []


@pytest.mark.parametrize("decision", ["", "yes", "allow "])
def test_anything_but_allow_is_a_refusal(cautious: Provider, decision: str) -> None:
    """A damaged form lets nobody in."""
    browser = cautious.browser()
    sign_in(browser)
    assert answer(browser, decision).query["error"] == "access_denied"


def test_silent_request_is_told_that_consent_is_required(cautious: Provider) -> None:
    """Section 3.1.2.6: consent_required for prompt=none, and after consent a code."""
    browser = cautious.browser()
    sign_in(browser, scope="openid")
    answer(browser, "allow")
    assert "code" in browser.get(cautious.authorization_url(scope="openid", prompt="none")).query
    page = browser.get(cautious.authorization_url(scope="openid email", prompt="none"))
    assert page.query["error"] == "consent_required"


def test_prompt_consent_asks_again(provider: Provider) -> None:
    """Section 3.1.2.1: prompt=consent asks even a client that need not ask, and even about what was allowed before."""
    browser = provider.browser()
    assert sign_in(browser).url.startswith(CALLBACK)
    for _ in range(2):
        assert "/login/consent" in browser.get(provider.authorization_url(prompt="consent")).url
        assert answer(browser, "allow").url.startswith(CALLBACK)


def test_copied_consent_page_decides_nothing(cautious: Provider) -> None:
    """The address of the page is worthless in another browser, and so is a form without its token."""
    browser, thief = cautious.browser(), cautious.browser()
    page = sign_in(browser)
    assert thief.get(page.url).title == "Please start in this browser"
    form = Forms(page.html).forms[0]
    assert browser.post(form["action"], {"decision": "allow", "csrf_token": "wrong"}).status == 403
    assert allowed(cautious) == []


@pytest.mark.every_database
def test_removed_application_has_to_ask_again_and_its_tokens_end(cautious: Provider) -> None:
    """ASVS 5 10.7.3: the person sees and takes back what was given, on the dashboard."""
    browser = cautious.browser()
    sign_in(browser, scope="openid email")
    answer(browser, "allow")
    open_dashboard(browser)
    page = browser.get("http://localhost:8080/realms/demo/account/applications")
    assert page.title == "Applications"
    assert "Your email address" in page.text
    form = next(form for form in Forms(page.html).forms if "/remove" in form["action"])
    page = browser.post(form["action"], form["fields"])
    assert "was removed" in page.text
    assert "No application knows you yet" in page.text
    with cautious.services.database.transaction() as session:
        client = session.query(Client).filter(Client.client_id == "app").one()
        event = session.query(Event).filter(Event.tag == "user:consent:revoke").one()
        assert find_allowed(session, event.user_id or "", client.id) == frozenset()
    assert "/login/consent" in browser.get(cautious.authorization_url(scope="openid email")).url


def test_foreign_application_cannot_be_removed_by_a_guess(cautious: Provider) -> None:
    """An id that is not there is a page, not an error."""
    browser = cautious.browser()
    open_dashboard(browser)
    browser.get("http://localhost:8080/realms/demo/account/applications")
    token = Forms(browser.page.html).forms[0]["fields"]["csrf_token"]
    page = browser.post("http://localhost:8080/realms/demo/account/applications/x/remove", {"csrf_token": token})
    assert page.status == 404
