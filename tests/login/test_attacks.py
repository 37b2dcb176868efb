"""Bad input at the login: each a clear page, an event where it matters, nothing lost, nobody in."""

import re
import threading

import pytest

from idp.models import Event
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from tests.provider import (
    CALLBACK,
    PASSWORD,
    PUBLIC,
    Browser,
    Forms,
    Provider,
    enable_two_factor,
    enrol,
    open_dashboard,
    sign_in,
)


def tags(provider: Provider) -> list[str]:
    with provider.services.database.transaction() as session:
        return [event.tag for event in session.query(Event)]


def open_password_page(browser: Browser) -> str:
    browser.get(browser.provider.authorization_url())
    assert browser.page.status == 200
    return browser.page.url


def test_a_copied_address_continues_nobodys_login(provider: Provider, browser: Browser) -> None:
    """The address of a step is worthless in another browser, before and after the password."""
    address = open_password_page(browser)
    thief = provider.browser()
    assert thief.get(address).title == "Please start in this browser"
    assert "user:login:foreign-browser" in tags(provider)


def test_a_stolen_finished_flow_gives_no_code(provider: Provider, browser: Browser) -> None:
    """The way back to the application is bound to the browser as well."""
    open_password_page(browser)
    form = Forms(browser.page.html).forms[0]
    response = browser.client.post(form["action"], data={**form["fields"], "username": "alice", "password": PASSWORD})
    back = response.headers["location"]
    assert "auth/continue" in back
    thief = provider.browser()
    assert not thief.get(back).url.startswith(CALLBACK)
    assert browser.get(back).url.startswith(CALLBACK)
    assert browser.get(back).title == "You have already signed in here"


def test_a_form_without_its_token_is_refused(provider: Provider, browser: Browser) -> None:
    """No token, a wrong one, or another browser's: nothing happens."""
    address = open_password_page(browser)
    other = provider.browser()
    open_password_page(other)
    foreign = Forms(other.page.html).forms[0]["fields"]["csrf_token"]
    for token in ("", "wrong", foreign, "é"):
        page = browser.post(address, {"username": "alice", "password": PASSWORD, "csrf_token": token})
        assert page.status == 403
        assert page.title == "Please try that again"
    assert tags(provider).count("user:request:forged") == 4


def test_an_expired_flow_says_so(provider: Provider, browser: Browser) -> None:
    """After half an hour the login is over, and the page says how to go on."""
    address = open_password_page(browser)
    provider.clock.advance(minutes=31)
    page = browser.get(address)
    assert page.status == 400
    assert page.title == "This sign-in has timed out"


def test_the_back_button_after_the_end_leads_home(provider: Provider, browser: Browser) -> None:
    """A page of a finished login names the application and repeats nothing."""
    address = open_password_page(browser)
    browser.press("Sign in", username="alice", password=PASSWORD)
    page = browser.get(address)
    assert page.title == "You have already signed in here"
    assert "http://localhost:3000/" in page.html


def test_two_tabs_do_not_disturb_each_other(provider: Provider, browser: Browser) -> None:
    """Each tab has a flow of its own."""
    first = open_password_page(browser)
    open_password_page(browser)
    second_page = browser.page
    browser.get(first)
    assert browser.press("Sign in", username="alice", password=PASSWORD).url.startswith(CALLBACK)
    browser.page = second_page
    assert browser.press("Sign in", username="alice", password=PASSWORD).url.startswith(CALLBACK)


def test_the_certificate_step_cannot_be_opened_first(provider: Provider, browser: Browser) -> None:
    """Steps come in their order, whatever address is typed."""
    address = open_password_page(browser)
    page = browser.get(address.replace("/password?", "/certificate?"))
    assert "/login/password" in page.url


@pytest.mark.parametrize(
    "path", ["login/password", "login/certificate", "login/recovery-code", "login/cancel", "account/nothing"]
)
def test_addresses_without_a_flow_are_clear_pages(provider: Provider, browser: Browser, path: str) -> None:
    """Whoever types an address gets a page, not an error."""
    page = browser.get(f"/realms/demo/{path}")
    assert page.status in {400, 404}
    assert page.title


def test_an_unknown_realm_is_a_clear_page(provider: Provider, browser: Browser) -> None:
    """Not found, in words, with the security headers."""
    page = browser.get("/realms/nothing/login/password?flow=x")
    assert page.status == 404
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_oversized_forms_are_refused(provider: Provider, browser: Browser) -> None:
    """More than 64 KiB is not read."""
    address = open_password_page(browser)
    assert browser.post(address, {"username": "a" * 70000}).status == 413


def test_too_many_fields_are_refused(provider: Provider, browser: Browser) -> None:
    """A hundred fields are enough."""
    address = open_password_page(browser)
    assert browser.post(address, {f"f{number}": "x" for number in range(200)}).status == 400


@pytest.mark.parametrize("body", [b"username=%ff%fe", b"username=\xff\xfe", b"username=a%00b&password=x"])
def test_invalid_text_is_refused(provider: Provider, browser: Browser, body: bytes) -> None:
    """Invalid UTF-8 and NUL never reach the database."""
    address = open_password_page(browser)
    response = browser.client.post(address, content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert response.status_code == 400


def test_other_content_types_are_refused(provider: Provider, browser: Browser) -> None:
    """Only forms are read."""
    address = open_password_page(browser)
    response = browser.client.post(address, content=b"{}", headers={"content-type": "application/json"})
    assert response.status_code == 415


def test_wrong_passwords_and_unknown_users_look_alike(provider: Provider) -> None:
    """The same page and status, with only the typed name in it differing."""
    pages = [sign_in(provider.browser(), name, "wrong-password") for name in ("alice", "nobody")]
    cleaned = {
        re.sub(r"alice|nobody", "X", re.sub(r'csrf_token" value="[^"]*|flow=[\w-]+', "", page.html)) for page in pages
    }
    assert len(cleaned) == 1
    assert {page.status for page in pages} == {401}


@pytest.mark.every_database
def test_guessing_locks_for_growing_times_even_in_parallel(provider: Provider) -> None:
    """Forty guesses at once: no more than five are judged."""
    browsers = [provider.browser() for _ in range(20)]
    for browser in browsers:
        open_password_page(browser)
    statuses: list[int] = []

    def guess(browser: Browser) -> None:
        statuses.append(browser.press("Sign in", username="alice", password="wrong").status)

    threads = [threading.Thread(target=guess, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(set(statuses)) == [401, 429]
    assert statuses.count(401) <= 5
    assert sign_in(provider.browser()).status == 429
    assert "user:login:locked" in tags(provider)
    provider.clock.advance(minutes=2)
    assert sign_in(provider.browser()).url.startswith(CALLBACK)


def test_a_name_and_an_address_share_one_lock(provider: Provider) -> None:
    """Typing the e-mail address instead of the username gives no further tries."""
    for number in range(5):
        sign_in(provider.browser(), ("alice", "ALICE@example.org")[number % 2], "wrong")
    assert sign_in(provider.browser(), "Alice").status == 429


def test_pages_carry_the_security_headers(provider: Provider, browser: Browser) -> None:
    """Strict policy, no framing, nothing cached, no referrer."""
    headers = {**browser.get("/realms/demo/login/forgot-password").headers}
    assert "HttpOnly" in headers["set-cookie"]
    assert "SameSite=Lax" in headers["set-cookie"]
    open_password_page(browser)
    headers = browser.page.headers
    policy = headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "https://*.cert.localhost:8443" in policy
    assert "http://localhost:3000" in policy
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_forged_host_header_does_not_move_links(provider: Provider, browser: Browser) -> None:
    """Addresses in pages and mails come from the settings, never from the request."""
    page = browser.get("/realms/demo/login/forgot-password", host="evil.example")
    assert "evil.example" not in page.html
    browser.press("Send me a link", username="alice")
    assert "evil.example" not in provider.mails("password_reset")[0]
    assert PUBLIC in provider.mails("password_reset")[0]


def test_forged_certificate_headers_are_ignored(provider: Provider, browser: Browser) -> None:
    """X-Forwarded-For of a stranger does not change the address that events show."""
    browser.get(provider.authorization_url(), **{"x-forwarded-for": "6.6.6.6"})
    browser.press("Sign in", username="alice", password="wrong")
    with provider.services.database.transaction() as session:
        assert all(event.address == "testclient" for event in session.query(Event).filter_by(tag="user:login:failure"))


def test_a_disabled_account_ends_its_login_and_its_sessions(provider: Provider, browser: Browser) -> None:
    """Disabled means out, at once."""
    sign_in(browser)
    with provider.services.database.transaction() as session:
        session.merge(provider.user()).enabled = False
    page = browser.get(provider.authorization_url(prompt="none"))
    assert page.query["error"] == "login_required"
    assert sign_in(provider.browser()).status == 401


def test_an_enrolment_session_opens_nothing_for_a_new_password_login(provider: Provider) -> None:
    """Typing a password beside an enrolment session does not skip the certificate (of oneself or of somebody else)."""
    owner = provider.browser()
    open_dashboard(owner)
    enable_two_factor(owner)
    browser = provider.browser()
    sign_in(browser, client_id="strict")
    browser.press("Continue with certificate")
    link = re.search(rf"{PUBLIC}\S+token=[\w-]+", provider.mails("login_failed")[0]).group(0)
    browser.get(link)
    browser.press("Continue", password=PASSWORD)
    assert browser.page.title == "Two-Factor Authentication"

    browser.get(
        provider.authorization_url(
            "account-console", redirect_uri=f"{PUBLIC}/realms/demo/account/callback", prompt="login", scope="openid"
        )
    )
    page = browser.press("Sign in", username="alice", password=PASSWORD)
    assert page.title == "Confirm with your certificate"


def test_a_login_begun_in_a_session_ends_with_it(provider: Provider, browser: Browser) -> None:
    """A step-up that was begun before signing out elsewhere cannot be finished after it."""
    open_dashboard(browser)
    browser.certificate = enrol(browser)
    browser.get(provider.authorization_url(acr_values="2"))
    pending = browser.page
    with provider.services.database.transaction() as session:
        end_sessions_of(session, provider.clock, provider.user().id, reason=Ending.ACCOUNT_DISABLED)
    browser.page = pending
    page = browser.press("Continue with certificate")
    assert page.status == 400
    assert not page.url.startswith(CALLBACK)
