"""The certificate step: each failure has its page, its event, its mail, and never a way in."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.models import Certificate, Event, UserSession
from idp.storage.ephemeral import StoreUnavailable
from idp.web.client_certificate import ClientTLS
from tests.certificates import Authority, self_sign
from tests.provider import (
    CALLBACK,
    PUBLIC,
    VERIFIER,
    Browser,
    Provider,
    enable_two_factor,
    enrol,
    open_dashboard,
    sign_in,
)


@pytest.fixture
def certificate(provider: Provider) -> bytes:
    """Alice's certificate, with two-factor login switched on."""
    browser = provider.browser()
    open_dashboard(browser)
    enable_two_factor(browser)
    assert browser.certificate is not None
    return browser.certificate


def present(provider: Provider, leaf: bytes | None, **parameters: str) -> Browser:
    """Sign in as alice and present *leaf*."""
    browser = provider.browser(leaf)
    sign_in(browser, **parameters)
    browser.press("Continue with certificate")
    return browser


def reasons(provider: Provider) -> list[str]:
    with provider.services.database.transaction() as session:
        events = session.query(Event).filter_by(tag="certificate:login:failure").order_by(Event.at).all()
        return [event.details["reason"] for event in events]


def sessions_of(provider: Provider, amr: list[str]) -> int:
    with provider.services.database.transaction() as session:
        return sum(1 for row in session.query(UserSession).all() if row.amr == amr)


def test_no_certificate_shows_why_and_mails_once(provider: Provider, certificate: bytes) -> None:
    """Without a certificate nobody is signed in, and one mail says so."""
    browser = present(provider, None)

    assert browser.page.status == 403
    assert browser.page.title == "No certificate arrived"
    assert browser.has("Use a recovery code")
    assert reasons(provider) == ["none"]
    browser.press("Try again")
    assert reasons(provider) == ["none", "none"]
    assert len(provider.mails("login_failed")) == 1


def test_try_again_uses_a_fresh_host_every_time(provider: Provider, certificate: bytes) -> None:
    """The browser asks afresh only for a host it has never seen."""
    browser = present(provider, None)
    first = next(hop for hop in browser.hops if hop.startswith("https://"))
    browser.press("Try again")
    second = next(hop for hop in browser.hops if hop.startswith("https://"))

    assert first.split(".")[0] != second.split(".")[0]


def test_try_again_with_the_certificate_signs_in(provider: Provider, certificate: bytes) -> None:
    """A failure is not the end of the login."""
    browser = present(provider, None)
    browser.certificate = certificate
    page = browser.press("Try again")

    assert page.url.startswith(CALLBACK)


def test_another_users_certificate_is_refused(provider: Provider, certificate: bytes) -> None:
    """Bob's certificate does not open alice's account."""
    bob = provider.browser()
    open_dashboard(bob, "bob", "bob-test-password")
    browser = present(provider, enrol(bob))

    assert browser.page.title == "This certificate belongs to another account"
    assert "bob" not in browser.page.text.lower().replace("cn=bob", "")
    assert reasons(provider) == ["other_user"]


def test_a_revoked_certificate_is_refused(provider: Provider, certificate: bytes) -> None:
    """Revocation bites at the next login."""
    with provider.services.database.transaction() as session:
        session.query(Certificate).one().revoked_at = provider.clock.now()
    browser = present(provider, certificate)

    assert browser.page.title == "This certificate has been revoked"


@pytest.mark.parametrize(
    ("by", "title"),
    [
        (timedelta(days=400), "Your certificate has expired"),
        (timedelta(days=-2), "Your certificate is not valid yet"),
    ],
)
def test_a_certificate_outside_its_time_is_refused(
    provider: Provider, certificate: bytes, by: timedelta, title: str
) -> None:
    """The dates are checked by us, so that the page can name them."""
    provider.clock.advance(by)
    browser = present(provider, certificate)

    assert browser.page.title == title


def test_foreign_and_unreadable_certificates_are_refused(provider: Provider, certificate: bytes) -> None:
    """Certificates of other authorities, self-signed ones and rubbish each get their page."""
    foreign = Authority.create("Foreign").issue("alice")
    browser = present(provider, foreign.der)
    assert browser.page.title == "This certificate is not from here"
    browser.certificate = self_sign("alice").der
    assert browser.press("Try again").title == "This certificate is not from here"
    browser.certificate = b"0\x03\x02\x01\x01"
    assert browser.press("Try again").title == "The certificate could not be read"


def test_a_resumed_session_is_refused(provider: Provider, certificate: bytes) -> None:
    """On a resumed TLS session nobody has proven the key."""
    browser = provider.browser()
    browser.tls = ClientTLS(certificate, (), True, None, "TLSv1.3")
    sign_in(browser)
    browser.press("Continue with certificate")

    assert browser.page.title == "Your browser reused an older connection"


def test_five_failures_pause_the_step(provider: Provider, certificate: bytes) -> None:
    """Failed steps are counted, and the pause is told."""
    browser = present(provider, None)
    for _ in range(4):
        browser.press("Try again")
    page = browser.press("Try again")

    assert page.status == 429
    assert page.headers["retry-after"]
    assert page.title == "Please wait a moment"
    provider.clock.advance(minutes=16)
    fresh = present(provider, certificate)
    assert fresh.page.url.startswith(CALLBACK)


def test_an_attempt_is_used_once(provider: Provider, certificate: bytes) -> None:
    """The address of an attempt is worthless after its first use, whoever opens it."""
    browser = present(provider, certificate)
    address = next(hop for hop in browser.hops if hop.startswith("https://"))
    thief = provider.browser(certificate)
    page = thief.get(address)

    assert page.status == 404
    assert "set-cookie" not in page.headers


def test_a_wrong_or_forged_host_is_refused(provider: Provider, certificate: bytes) -> None:
    """The label in the Host header must be the attempt's own."""
    browser = provider.browser(certificate)
    sign_in(browser)
    address = browser.begin_attempt()
    label = address.split("//")[1].split(".")[0]
    for host in ("localhost:8080", "evil.example", f"{label}.evil.example", f"x{label}.cert.localhost:8443"):
        assert browser.visit_certificate_host(address, host).status_code == 404
    assert browser.get(address.replace(label, "b" * 24)).status == 404

    assert browser.get(address).url.startswith(CALLBACK)  # the forged ones have not used it up


def test_a_verdict_is_worthless_in_another_browser(provider: Provider, certificate: bytes) -> None:
    """A stolen return address continues nobody's login."""
    browser = present(provider, None)
    browser.certificate = certificate
    back = browser.visit_certificate_host(browser.begin_attempt()).headers["location"]

    thief = provider.browser()
    page = thief.get(back)
    assert page.title == "Please start in this browser"
    assert page.status == 403
    assert sessions_of(provider, ["pwd", "x509"]) == 1  # alice's own, from switching it on


def test_a_verdict_of_one_flow_is_worthless_in_another(provider: Provider, certificate: bytes) -> None:
    """A verdict counts in the flow it was asked for, even in the same browser."""
    browser = provider.browser(certificate)
    sign_in(browser)
    code = browser.visit_certificate_host(browser.begin_attempt()).headers["location"].split("code=")[1]
    sign_in(browser)
    other = browser.page.url.split("flow=")[1]

    page = browser.get(f"/realms/demo/login/certificate/return?flow={other}&code={code}")
    assert page.title == "Confirm with your certificate"


def test_acr_2_asks_for_the_certificate_in_a_password_session(provider: Provider) -> None:
    """Step-up: a session with a password alone proves the certificate when it is asked for."""
    browser = provider.browser()
    open_dashboard(browser)
    browser.certificate = enrol(browser)
    browser.get(provider.authorization_url(acr_values="2"))
    assert browser.page.title == "Confirm with your certificate"
    page = browser.press("Continue with certificate")

    claims = provider.redeem(page.query["code"])["claims"]
    assert claims["acr"] == "2"


def test_acr_2_without_a_certificate_is_unmet(provider: Provider) -> None:
    """What cannot be proven is said to the application with the error of its own."""
    browser = provider.browser()
    sign_in(browser, acr_values="2")
    assert browser.page.status == 403
    flow = browser.page.url.split("flow=")[1]
    page = browser.get(f"/realms/demo/login/cancel?flow={flow}")

    assert page.query["error"] == "unmet_authentication_requirements"
    assert page.query["state"] == "state"


def test_prompt_none_never_shows_a_page(provider: Provider, certificate: bytes) -> None:
    """Silent requests are answered with an error where a step is missing."""
    browser = provider.browser()
    page = browser.get(provider.authorization_url(prompt="none"))
    assert page.query["error"] == "login_required"


def test_second_application_signs_in_silently(provider: Provider, certificate: bytes) -> None:
    """One session serves all applications of the browser."""
    browser = present(provider, certificate)
    page = browser.get(provider.authorization_url("second", prompt="none"))

    claims = provider.redeem(page.query["code"], "second")["claims"]
    assert claims["amr"] == ["pwd", "x509"]


def test_a_strict_client_starts_an_enrolment_by_mail(provider: Provider) -> None:
    """Who has no certificate gets a link, enrols with the password, and signs in."""
    browser = provider.browser()
    sign_in(browser, client_id="strict")
    assert browser.page.status == 403
    browser.press("Send me an enrolment link")
    (mail,) = provider.mails("enrolment_link")
    link = re.search(r"http://localhost:8080\S+token=\S+", mail).group(0)

    fresh = provider.browser()
    fresh.get(link)
    fresh.press("Continue", password="alice-test-password")
    assert fresh.page.title == "Two-Factor Authentication", fresh.page.text
    fresh.certificate = enrol(fresh)
    fresh.get("/realms/demo/account/two-factor")
    fresh.press("Test my certificate")
    fresh.get("/realms/demo/account/password")
    assert fresh.page.title == "Two-Factor Authentication"  # nothing but enrolling

    sign_in(fresh, client_id="strict")
    page = fresh.press("Continue with certificate")
    assert provider.redeem(page.query["code"], "strict")["claims"]["acr"] == "2"


def test_an_enrolment_session_signs_in_nowhere_else(provider: Provider) -> None:
    """The session of an enrolment link is not a login for applications."""
    browser = provider.browser()
    sign_in(browser, client_id="strict")
    browser.press("Send me an enrolment link")
    link = re.search(r"http://localhost:8080\S+token=\S+", provider.mails("enrolment_link")[0]).group(0)
    fresh = provider.browser()
    fresh.get(link)
    fresh.press("Continue", password="alice-test-password")

    page = fresh.get(provider.authorization_url(prompt="none"))
    assert page.query["error"] == "login_required"


def test_the_code_of_an_enrolment_session_gives_no_tokens(provider: Provider) -> None:
    """The dashboard is opened with it; whoever takes it to the token endpoint instead gets nothing."""
    browser = provider.browser()
    sign_in(browser, client_id="strict")
    browser.press("Send me an enrolment link")
    link = re.search(r"http://localhost:8080\S+token=\S+", provider.mails("enrolment_link")[0]).group(0)
    browser.get(link)
    browser.press("Continue", password="alice-test-password")

    callback = f"{PUBLIC}/realms/demo/account/callback"
    address = provider.authorization_url("account-console", redirect_uri=callback, scope="openid")
    answer = browser.client.get(address).headers["location"]
    form = {
        "grant_type": "authorization_code",
        "client_id": "account-console",
        "code": parse_qs(urlsplit(answer).query)["code"][0],
        "redirect_uri": callback,
        "code_verifier": VERIFIER,
    }
    response = browser.client.post("/realms/demo/protocol/openid-connect/token", data=form)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")


def test_a_certificate_revoked_on_the_way_back_does_not_count(provider: Provider, certificate: bytes) -> None:
    """Between the certificate host's look and the return lie seconds in which the owner may have revoked it."""
    browser = provider.browser(certificate)
    sign_in(browser)
    back = browser.visit_certificate_host(browser.begin_attempt()).headers["location"]
    with provider.services.database.transaction() as session:
        row = session.query(Certificate).one()
        row.revoked_at, row.revocation_reason = provider.clock.now(), "keyCompromise"
    page = browser.get(back)
    assert page.status == 403
    assert "revoked" in page.text


def test_the_certificate_host_without_its_store_says_so(
    provider: Provider, certificate: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows no bare error, and what it says is kept nowhere."""
    browser = provider.browser(certificate)
    sign_in(browser)
    address = browser.begin_attempt()

    def fail(*_: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(provider.services.ephemeral, "get", fail)
    response = browser.visit_certificate_host(address)
    assert (response.status_code, response.headers["cache-control"]) == (503, "no-store")
    assert "not available at the moment" in response.text
