"""Signing in with a certificate before any password, where the realm allows it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.models import Certificate, User
from idp.pki.revocation import RevocationReason, revoke_certificate
from tests.certificates import Authority
from tests.foreign import BY_MAIL, Cards
from tests.provider import (
    CALLBACK,
    PASSWORD,
    Browser,
    Forms,
    Provider,
    enable_two_factor,
    enrol,
    open_dashboard,
    run_provider,
)

BUTTON = "Sign in with a certificate"


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    with run_provider(database_url, tmp_path) as provider:
        provider.set_realm(certificate_first=True)
        yield provider


@pytest.fixture
def certificate(provider: Provider) -> bytes:
    """Alice's certificate; her two-factor login is off."""
    browser = provider.browser()
    open_dashboard(browser)
    return enrol(browser)


def begin(provider: Provider, certificate: bytes | None, **parameters: str) -> Browser:
    browser = provider.browser(certificate)
    browser.get(provider.authorization_url(**parameters))
    browser.press(BUTTON)
    return browser


def claims_of(browser: Browser) -> dict[str, object]:
    assert browser.page.url.startswith(CALLBACK), browser.page.text[:400]
    claims: dict[str, object] = browser.provider.redeem(browser.page.query["code"])["claims"]
    return claims


def events(provider: Provider, tag: str) -> list[dict[str, object]]:
    from idp.models import Event

    with provider.services.database.transaction() as session:
        return [row.details for row in session.query(Event).filter_by(tag=tag)]


@pytest.mark.every_database
def test_certificate_alone_signs_in(provider: Provider, certificate: bytes) -> None:
    """RFC 8176: the methods are those that were used; one factor is level 1."""
    claims = claims_of(begin(provider, certificate))

    assert (claims["amr"], claims["acr"], claims["sub"]) == (["x509"], "1", provider.user().id)
    assert claims["x509_serial"]


def test_second_application_gets_the_same_session(provider: Provider, certificate: bytes) -> None:
    browser = begin(provider, certificate)
    browser.get(provider.authorization_url(prompt="none"))

    assert claims_of(browser)["amr"] == ["x509"]


def test_button_is_there_only_where_the_realm_allows(provider: Provider, certificate: bytes) -> None:
    browser = provider.browser(certificate)
    browser.get(provider.authorization_url())
    assert browser.has(BUTTON)
    for values in ({"certificate_policy": "off"}, {"certificate_policy": "optional", "certificate_first": False}):
        provider.set_realm(**values)
        browser.get(provider.authorization_url())
        assert not browser.has(BUTTON)


def test_address_is_no_way_in_where_the_realm_does_not_allow(provider: Provider, certificate: bytes) -> None:
    """The form of a page that was shown before the realm changed its mind."""
    browser = provider.browser(certificate)
    browser.get(provider.authorization_url())
    provider.set_realm(certificate_first=False)

    assert browser.press(BUTTON).status == 400


def test_session_ends_to_count_where_the_realm_changes_its_mind(provider: Provider, certificate: bytes) -> None:
    browser = begin(provider, certificate)
    provider.set_realm(certificate_first=False)

    assert browser.get(provider.authorization_url(prompt="none")).query["error"] == "login_required"


@pytest.mark.parametrize("demand", ["acr", "realm", "person"])
def test_password_is_asked_for_where_two_factors_are_demanded(
    provider: Provider, certificate: bytes, demand: str
) -> None:
    """Whichever comes first: both make level 2, and the certificate is not asked for again."""
    parameters = {}
    if demand == "acr":
        parameters["acr_values"] = "2"
    elif demand == "realm":
        provider.set_realm(certificate_policy="required")
    else:
        with provider.services.database.transaction() as session:
            session.query(User).filter_by(username="alice").one().two_factor_enabled_at = provider.clock.now()
    browser = begin(provider, certificate, **parameters)
    assert browser.has("Your certificate was accepted.")
    browser.press("Sign in", password=PASSWORD)
    claims = claims_of(browser)

    assert (claims["amr"], claims["acr"]) == (["pwd", "x509"], "2")


def test_somebody_elses_password_does_not_count_beside_it(provider: Provider, certificate: bytes) -> None:
    """Bob, who found Alice's device: his password signs him in alone, without her certificate."""
    browser = begin(provider, certificate, acr_values="2")
    browser.press("Sign in", username="bob", password="bob-test-password")

    assert browser.page.status == 403
    assert [event["acr"] for event in events(provider, "user:login:success")] == ["1"]  # Alice's, when she enrolled


def test_wrong_password_after_it_is_refused(provider: Provider, certificate: bytes) -> None:
    browser = begin(provider, certificate, acr_values="2")
    page = browser.press("Sign in", password="wrong-password")

    assert page.status == 401
    assert browser.has("Your certificate was accepted.")


def test_step_up_of_such_a_session_asks_for_the_password_alone(provider: Provider, certificate: bytes) -> None:
    browser = begin(provider, certificate)
    browser.get(provider.authorization_url(acr_values="2"))
    browser.press("Sign in", password=PASSWORD)

    assert claims_of(browser)["acr"] == "2"


def test_dashboard_always_wants_the_password(provider: Provider, certificate: bytes) -> None:
    """Whoever holds the device must not be able to bind keys of their own to the account."""
    browser = begin(provider, certificate)
    browser.get("/realms/demo/account/two-factor")
    assert browser.page.title.startswith("Sign in")
    browser.press("Sign in", password=PASSWORD)
    assert browser.page.title == "Two-Factor Authentication"
    begin_again = browser.get(provider.authorization_url(prompt="login"))
    assert begin_again.title.startswith("Sign in")
    browser.press(BUTTON)
    assert claims_of(browser)["amr"] == ["x509"]
    browser.get("/realms/demo/account/two-factor/enrol")
    assert browser.page.title.startswith("Sign in")


def test_nothing_presented_says_so_and_leads_back(provider: Provider, certificate: bytes) -> None:
    browser = begin(provider, None)
    assert browser.page.status == 403
    browser.follow("Sign in with a password instead")
    browser.press("Sign in", username="alice", password=PASSWORD)
    assert claims_of(browser)["amr"] == ["pwd"]


def test_try_again_takes_another_certificate(provider: Provider, certificate: bytes) -> None:
    browser = begin(provider, Authority.create().issue("alice").der)
    assert browser.page.status == 403
    browser.certificate = certificate
    browser.press("Try again")
    assert claims_of(browser)["amr"] == ["x509"]


def test_revoked_certificate_is_refused(provider: Provider, certificate: bytes) -> None:
    with provider.services.database.transaction() as session:
        row = session.query(Certificate).one()
        revoke_certificate(session, provider.clock, row, RevocationReason.KEY_COMPROMISE)
    browser = begin(provider, certificate)

    assert browser.page.status == 403
    assert events(provider, "certificate:login:failure")[-1]["reason"] == "revoked"


def test_disabled_account_is_refused_without_saying_so(provider: Provider, certificate: bytes) -> None:
    with provider.services.database.transaction() as session:
        session.query(User).filter_by(username="alice").one().enabled = False
    browser = begin(provider, certificate)

    assert browser.page.status == 403
    assert "disabled" not in browser.page.text
    assert events(provider, "certificate:login:failure")[-1]["disabled"] is True


def test_verdict_counts_once_and_in_its_own_browser(provider: Provider, certificate: bytes) -> None:
    """The certificate host's answer, copied into another browser or used again, signs nobody in."""
    browser = provider.browser(certificate)
    browser.get(provider.authorization_url())
    form = next(form for form in Forms(browser.page.html).forms if BUTTON in form["buttons"])
    address = browser.client.post(form["action"], data=form["fields"]).headers["location"]
    answer = browser.visit_certificate_host(address).headers["location"]

    assert provider.browser(certificate).get(answer).status == 403
    assert browser.get(answer).url.startswith(CALLBACK)
    assert browser.get(answer).status == 400


def test_verdict_of_a_second_factor_is_no_verdict_of_a_first(provider: Provider, certificate: bytes) -> None:
    """A code made for a known person does not open the way for whoever comes without a password."""
    other = provider.browser(certificate)
    other.get(provider.authorization_url())
    other.press("Sign in", username="alice", password=PASSWORD)
    other.get(provider.authorization_url(acr_values="2"))
    address = other.begin_attempt()
    response = other.visit_certificate_host(address)
    code = response.headers["location"].partition("code=")[2]
    browser = provider.browser(certificate)
    browser.get(provider.authorization_url())
    flow = browser.page.query["flow"]
    page = browser.get(f"/realms/demo/login/certificate-first/return?flow={flow}&code={code}")

    assert page.title.startswith("Sign in")


def test_forged_form_is_refused(provider: Provider, certificate: bytes) -> None:
    browser = provider.browser(certificate)
    browser.get(provider.authorization_url())
    flow = browser.page.query["flow"]

    assert browser.post(f"/realms/demo/login/certificate-first?flow={flow}", {"csrf_token": "x"}).status == 403


def test_revoking_it_ends_the_session(provider: Provider, certificate: bytes) -> None:
    browser = begin(provider, certificate)
    other = provider.browser()
    open_dashboard(other)
    row = Certificate
    with provider.services.database.transaction() as session:
        certificate_id = session.query(row).one().id
    other.get(f"/realms/demo/account/certificates/{certificate_id}/revoke")
    other.press("Revoke certificate", password=PASSWORD)
    assert browser.get(provider.authorization_url(prompt="none")).query["error"] == "login_required"


def test_two_factor_login_makes_it_the_first_of_two(provider: Provider) -> None:
    browser = provider.browser()
    open_dashboard(browser)
    enable_two_factor(browser)
    fresh = begin(provider, browser.certificate)
    assert fresh.has("Your certificate was accepted.")


@pytest.mark.every_database
def test_mapped_certificate_of_a_foreign_authority_signs_in(provider: Provider) -> None:
    """The mapping says whose it is; the first time makes its row, as after a password."""
    cards = Cards(provider)
    cards.trust(**BY_MAIL)
    card = cards.issue("bob").der
    for _ in range(2):
        claims = claims_of(begin(provider, card))
        assert (claims["amr"], claims["sub"]) == (["x509"], provider.user("bob").id)
    with provider.services.database.transaction() as session:
        assert [row.bound_by for row in session.query(Certificate)] == ["mapping"]


def test_foreign_certificate_of_nobody_binds_itself_to_nobody(provider: Provider) -> None:
    """First use needs a password, and an account that is known."""
    cards = Cards(provider)
    cards.trust(first_use=True)
    browser = begin(provider, cards.issue("alice").der)

    assert browser.page.title == "This certificate is not linked to your account"
    with provider.services.database.transaction() as session:
        assert session.query(Certificate).count() == 0


def test_mapped_certificate_of_a_disabled_account_makes_no_row(provider: Provider) -> None:
    cards = Cards(provider)
    cards.trust(**BY_MAIL)
    with provider.services.database.transaction() as session:
        session.query(User).filter_by(username="bob").one().enabled = False
    browser = begin(provider, cards.issue("bob").der)

    assert browser.page.status == 403
    with provider.services.database.transaction() as session:
        assert session.query(Certificate).count() == 0
