"""After expiry: whoever's certificates have all ended by their own time gets a new one by mail and password, if the realm allows."""

import re
from datetime import timedelta

import pytest

from idp.models import Certificate
from idp.serving.housekeeping import sweep
from tests.login.test_recovery import link_of, reset_password
from tests.provider import (
    CALLBACK,
    PASSWORD,
    Browser,
    Forms,
    Provider,
    enable_two_factor,
    enrol,
    open_dashboard,
    sign_in,
)

SEND = "Send me an enrolment link"


@pytest.fixture
def expired(provider: Provider) -> bytes:
    """Alice, with two-factor login on and a certificate that has expired; return it."""
    browser = provider.browser()
    open_dashboard(browser)
    enable_two_factor(browser)
    provider.clock.advance(days=366)
    assert browser.certificate is not None
    return browser.certificate


def fail(provider: Provider, leaf: bytes | None = None, **parameters: str) -> Browser:
    """Give the password and try the certificate step with *leaf*."""
    browser = provider.browser(leaf)
    sign_in(browser, **parameters)
    if browser.page.title == "Confirm with your certificate":
        browser.press("Continue with certificate")
    return browser


def send_anyway(browser: Browser) -> None:
    """Post the form of `SEND` where the page does not have it."""
    flow = browser.page.url.split("flow=")[1]
    token = Forms(browser.get("/realms/demo/login/forgot-password").html).forms[-1]["fields"]["csrf_token"]
    browser.post(f"/realms/demo/login/enrolment/send?flow={flow}", {"csrf_token": token})


def follow_link(provider: Provider) -> Browser:
    """Open the mail's link and give the password."""
    reader = provider.browser()
    reader.get(link_of(provider.mails("enrolment_link")[-1], "/login/enrolment"))
    reader.press("Continue", password=PASSWORD)
    return reader


@pytest.mark.parametrize("sends", [True, False])
def test_expired_certificate_is_replaced_and_two_factor_login_stays_on(
    provider: Provider, expired: bytes, *, sends: bool
) -> None:
    """Whether the browser sends the expired one, as Firefox does, or none, as Chromium does; the old one stays worthless."""
    browser = fail(provider, expired if sends else None)
    assert browser.page.title == "Your certificate has expired"
    page = browser.press(SEND)
    assert page.title == "Please look at your mail"
    assert "your certificate has expired" in " ".join(provider.mails("enrolment_link")[-1].split())

    reader = follow_link(provider)
    assert reader.page.title == "Two-Factor Authentication"
    assert provider.user().two_factor_enabled_at is not None
    reader.get("/realms/demo/account/personal-info")
    assert reader.page.title == "Two-Factor Authentication"
    new = enrol(reader)
    reader.certificate = new
    reader.get("/realms/demo/account/two-factor")
    assert reader.press("Test my certificate").title == "Your certificate works"
    assert provider.user().two_factor_enabled_at is not None

    for leaf, amr in ((new, ["pwd", "x509"]), (expired, None), (None, None)):
        visitor = fail(provider, leaf)
        if amr is None:
            assert not visitor.page.url.startswith(CALLBACK)
            assert not visitor.has(SEND)
        else:
            assert provider.redeem(visitor.page.query["code"])["claims"]["amr"] == amr


@pytest.mark.parametrize("policy", ["required", "optional"])
def test_where_a_certificate_is_demanded_the_page_says_so_at_once(
    provider: Provider, expired: bytes, policy: str
) -> None:
    """Nobody is led to a question of the browser that cannot be answered."""
    provider.set_realm(certificate_policy=policy)
    browser = provider.browser()
    sign_in(browser, acr_values="2")
    assert browser.page.title == "Your certificate has expired"
    assert browser.press(SEND).title == "Please look at your mail"
    assert follow_link(provider).page.title == "Two-Factor Authentication"


@pytest.mark.parametrize("setting", ["reenrolment_after_expiry", "enrolment_by_mail"])
@pytest.mark.parametrize("demanded", [True, False])
def test_where_the_realm_forbids_it_the_administrator_is_named(
    provider: Provider, expired: bytes, setting: str, *, demanded: bool
) -> None:
    """Then nothing is sent either, whatever is posted."""
    provider.set_realm(**{setting: False}, certificate_policy="required" if demanded else "optional")
    browser = fail(provider)
    assert browser.page.title == "Your certificate has expired"
    assert "administrator" in browser.page.text
    assert not browser.has(SEND)
    send_anyway(browser)
    assert provider.mails("enrolment_link") == []


def test_recovery_by_mail_is_another_question(provider: Provider, expired: bytes) -> None:
    """That a certificate is lost can be said at any time; that it has expired cannot."""
    provider.set_realm(recovery_by_mail=False)
    assert fail(provider).press(SEND).title == "Please look at your mail"
    assert follow_link(provider).page.title == "Two-Factor Authentication"


def test_link_is_worthless_once_the_realm_forbids_it(provider: Provider, expired: bytes) -> None:
    """The realm's policy is looked at when the link is used."""
    fail(provider).press(SEND)
    provider.set_realm(reenrolment_after_expiry=False)
    reader = provider.browser()
    assert reader.get(link_of(provider.mails("enrolment_link")[-1], "/login/enrolment")).status == 403


@pytest.mark.parametrize("case", ["revoked", "revoked later", "another"])
def test_nobody_else_is_offered_it(provider: Provider, expired: bytes, case: str) -> None:
    """Not after a revocation, and not where another certificate is still good."""
    if case == "another":
        other = provider.browser()
        with provider.services.database.transaction() as session:
            session.query(Certificate).one().not_after = provider.clock.now() + timedelta(days=1)
        open_dashboard(other)
        other.certificate = expired
        provider.clock.advance(days=-2)
        other.press("Continue with certificate")
        enrol(other, name="Phone")
        provider.clock.advance(days=2)
        with provider.services.database.transaction() as session:
            session.query(Certificate).filter_by(device_name="Laptop").one().not_after = provider.clock.now()
            assert session.query(Certificate).count() == 2
        provider.clock.advance(seconds=1)
    else:
        with provider.services.database.transaction() as session:
            row = session.query(Certificate).one()
            if case == "revoked":
                row.revoked_at = provider.clock.now()
            else:
                session.add(_copy(row, revoked_at=provider.clock.now()))
    browser = fail(provider, expired if case == "another" else None)
    assert not browser.has(SEND)
    send_anyway(browser)
    assert provider.mails("enrolment_link") == []


def _copy(row: Certificate, **changes: object) -> Certificate:
    values = {column.key: getattr(row, column.key) for column in Certificate.__table__.columns}
    return Certificate(**{**values, "id": "other", "serial_number": "1", "fingerprint": "0" * 64, **changes})


def test_one_mail_a_minute(provider: Provider, expired: bytes) -> None:
    """However often the button is pressed, and from however many browsers; the page says the same."""
    first = fail(provider)
    form = first.page
    for browser in (first, first, fail(provider)):
        browser.page = form if browser is first else browser.page
        assert browser.press(SEND).title == "Please look at your mail"
    assert len(provider.mails("enrolment_link")) == 1
    provider.clock.advance(seconds=61)
    first.page = form
    first.press(SEND)
    assert len(provider.mails("enrolment_link")) == 2


def test_wrong_password_learns_nothing(provider: Provider, expired: bytes) -> None:
    """Without the password the page is that of an account that does not exist."""
    pages = []
    for name in ("alice", "nobody"):
        browser = provider.browser()
        sign_in(browser, name, "a-wrong-password")
        pages.append(re.sub(r'value="[^"]*"|flow=[\w-]+', "", browser.page.html))
    assert pages[0] == pages[1]


def test_password_that_a_mail_has_set_does_not_count_for_a_day(provider: Provider, expired: bytes) -> None:
    """The mailbox alone would open the account otherwise."""
    reset_password(provider)
    provider.set_realm(certificate_policy="required")
    browser = fail(provider, password="a-brand-new-password")
    assert "administrator" in browser.page.text
    send_anyway(browser)
    assert provider.mails("enrolment_link") == []


def test_what_a_renewal_has_ended_is_no_revocation(provider: Provider, expired: bytes) -> None:
    """Renewed last year, and the new one has expired as well."""
    with provider.services.database.transaction() as session:
        row = session.query(Certificate).one()
        row.superseded_at = provider.clock.now() - timedelta(days=3)
        session.add(_copy(row, superseded_at=None, replaces_id=row.id))
    sweep(provider.services)
    with provider.services.database.transaction() as session:
        assert session.query(Certificate).filter(Certificate.revoked_at.is_not(None)).count() == 1
    assert fail(provider).has(SEND)
