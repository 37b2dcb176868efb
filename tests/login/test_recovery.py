"""Getting back in: recovery codes, the Login Failed mail and its link, forgotten passwords, e-mail verification."""

import re
import threading
from datetime import timedelta

import pytest

from idp.models import Certificate, Event, UserSession
from tests.provider import (
    CALLBACK,
    PASSWORD,
    PUBLIC,
    Browser,
    Forms,
    Page,
    Provider,
    enable_two_factor,
    open_dashboard,
    sign_in,
)

NEW_PASSWORD = "a-brand-new-password"


@pytest.fixture
def codes(provider: Provider) -> list[str]:
    """Switch two-factor login on for alice and return her recovery codes."""
    browser = provider.browser()
    open_dashboard(browser)
    return enable_two_factor(browser)


def link_of(mail: str, path: str) -> str:
    match = re.search(rf"{PUBLIC}/realms/demo{path}\?token=[\w-]+", mail)
    assert match, mail
    return match.group(0)


def fail(provider: Provider, **parameters: str) -> Browser:
    """Sign in as alice without a certificate."""
    browser = provider.browser()
    sign_in(browser, **parameters)
    browser.press("Continue with certificate")
    return browser


def login_failed_link(provider: Provider) -> str:
    return link_of(provider.mails("login_failed")[-1], "/login/disable-two-factor")


def tags(provider: Provider) -> list[str]:
    with provider.services.database.transaction() as session:
        return [event.tag for event in session.query(Event).order_by(Event.at)]


def test_a_recovery_code_signs_in_once_with_level_1(provider: Provider, codes: list[str]) -> None:
    """A code stands in for the certificate, proves none, and its owner is told."""
    browser = fail(provider)
    browser.follow("Use a recovery code")
    page = browser.press("Continue", recovery_code=codes[0].upper().replace("-", " "))
    assert page.url.startswith(CALLBACK), page.text
    claims = provider.redeem(page.query["code"])["claims"]
    assert (claims["amr"], claims["acr"]) == (["pwd"], "1")
    assert len(provider.mails("recovery_code_used")) == 1

    again = fail(provider)
    again.follow("Use a recovery code")
    page = again.press("Continue", recovery_code=codes[0])
    assert page.status == 401
    assert "not one of your unused" in page.text


def test_recovery_codes_are_stored_as_digests(provider: Provider, codes: list[str]) -> None:
    """No code can be read out of the database."""
    dump = b"".join(path.read_bytes() for path in provider.services.settings.master_key_file.parent.glob("*sqlite3*"))
    assert codes[0].encode() not in dump
    assert codes[0].replace("-", "").encode() not in dump


def test_a_recovery_code_does_not_satisfy_acr_2(provider: Provider, codes: list[str]) -> None:
    """Where a certificate is demanded, a code is not offered and not taken."""
    browser = fail(provider, acr_values="2")
    assert not browser.has("Use a recovery code")
    flow = browser.page.url.split("flow=")[1]
    page = browser.get(f"/realms/demo/login/recovery-code?flow={flow}")
    assert page.status == 400


def test_guessing_recovery_codes_is_braked(provider: Provider, codes: list[str]) -> None:
    """The fifth wrong code locks, and then the right one is refused too."""
    browser = fail(provider)
    browser.follow("Use a recovery code")
    for _ in range(5):
        browser.press("Continue", recovery_code="aaaa-aaaa-aaaa-aaaa")
    page = browser.press("Continue", recovery_code=codes[0])
    assert page.status == 429


def test_the_mail_says_when_where_and_why(provider: Provider, codes: list[str]) -> None:
    """Time with zone, address, browser, reason, and the link under its fixed name."""
    fail(provider)
    (mail,) = provider.mails("login_failed")

    assert "UTC" in mail
    assert "testclient" in mail
    assert "the browser sent no certificate" in " ".join(mail.split())
    assert "I have lost my certificate: turn two-factor authentication off" in " ".join(mail.split())
    assert PASSWORD not in mail


def test_a_wrong_password_sends_no_mail(provider: Provider, codes: list[str]) -> None:
    """Nobody without the password can make us send mail."""
    browser = provider.browser()
    sign_in(browser, password="wrong")
    assert browser.page.status == 401
    assert provider.mails("login_failed") == []


def test_later_failures_are_counted_in_the_next_mail(provider: Provider, codes: list[str]) -> None:
    """One mail in 15 minutes; what happened between is in the next."""
    browser = fail(provider)
    browser.press("Try again")
    browser.press("Try again")
    provider.clock.advance(minutes=16)
    fail(provider)
    mails = provider.mails("login_failed")

    assert len(mails) == 2
    assert re.search(r"\b3\b", mails[1]) or "three" in mails[1].lower(), mails[1]


def test_the_link_turns_two_factor_off_with_the_password(provider: Provider, codes: list[str]) -> None:
    """GET changes nothing; POST with the password does, once; sessions end and a confirmation is sent."""
    fail(provider)
    link = login_failed_link(provider)
    browser = provider.browser()
    for _ in range(3):
        assert browser.get(link).status == 200
    assert browser.client.head(link).status_code in {200, 405}
    assert provider.user().two_factor_enabled_at is not None

    page = browser.press("Turn two-factor authentication off", password="wrong")
    assert page.status == 401
    assert provider.user().two_factor_enabled_at is not None
    page = browser.press("Turn two-factor authentication off", password=PASSWORD, revoke_certificates="yes")
    assert page.title == "Two-factor authentication is off"
    assert provider.user().two_factor_enabled_at is None
    with provider.services.database.transaction() as session:
        assert all(row.revoked_at for row in session.query(Certificate))
        assert all(row.ended_at for row in session.query(UserSession))
    assert len(provider.mails("two_factor_disabled")) == 1
    assert browser.get(link).status == 410

    page = sign_in(provider.browser())
    assert provider.redeem(page.query["code"])["claims"]["amr"] == ["pwd"]


def test_the_certificates_stay_unless_asked(provider: Provider, codes: list[str]) -> None:
    """Whether the certificates are revoked is the person's choice."""
    fail(provider)
    browser = provider.browser()
    browser.get(login_failed_link(provider))
    browser.press("Turn two-factor authentication off", password=PASSWORD, revoke_certificates=None)
    with provider.services.database.transaction() as session:
        assert session.query(Certificate).one().revoked_at is None


@pytest.mark.parametrize("death", ["expired", "newer", "password", "used", "foreign realm", "wrong purpose"])
def test_a_dead_link_gets_one_neutral_page(provider: Provider, codes: list[str], death: str) -> None:
    """Expired, superseded, used and unknown links all say the same."""
    fail(provider)
    link = login_failed_link(provider)
    browser = provider.browser()
    if death == "expired":
        provider.clock.advance(minutes=61)
    elif death == "newer":
        provider.clock.advance(minutes=16)
        fail(provider)
    elif death == "password":
        provider.clock.advance(seconds=1)
        reset_password(provider)
    elif death == "used":
        browser.get(link)
        browser.press("Turn two-factor authentication off", password=PASSWORD)
    elif death == "foreign realm":
        link = link.replace("token=", "token=x")
    else:
        link = link.replace("disable-two-factor", "reset-password")
    page = browser.get(link)

    assert page.status == 410
    assert page.title == "This link does not work any more"


@pytest.mark.every_database
def test_simultaneous_uses_of_a_link_act_once(provider: Provider, codes: list[str]) -> None:
    """Ten posts at once: one acts, the others get the neutral page."""
    fail(provider)
    link = login_failed_link(provider)
    browsers = [provider.browser() for _ in range(10)]
    for browser in browsers:
        browser.get(link)
    pages: list[Page] = []
    threads = [
        threading.Thread(
            target=lambda b=b: pages.append(b.press("Turn two-factor authentication off", password=PASSWORD))
        )
        for b in browsers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted({page.status for page in pages} - {429}) == [200, 410]
    assert sum(page.status == 200 for page in pages) == 1
    assert tags(provider).count("user:two-factor:disable") == 1


def test_a_realm_that_requires_certificates_is_not_downgraded(provider: Provider, codes: list[str]) -> None:
    """There the same mail starts a new enrolment, and two-factor login stays on."""
    provider.set_realm(certificate_policy="required")
    fail(provider)
    link = link_of(provider.mails("login_failed")[0], "/login/enrolment")
    browser = provider.browser()
    browser.get(link)
    page = browser.press("Continue", password=PASSWORD)

    assert page.title == "Two-Factor Authentication"
    assert provider.user().two_factor_enabled_at is not None


def test_a_link_from_before_the_realm_required_certificates_does_not_downgrade(
    provider: Provider, codes: list[str]
) -> None:
    """The realm's policy is looked at when the link is used, not when it was sent."""
    fail(provider)
    link = login_failed_link(provider)
    provider.set_realm(certificate_policy="required")
    browser = provider.browser()
    browser.get(link)
    browser.press("Continue", password=PASSWORD)
    assert provider.user().two_factor_enabled_at is not None
    provider.set_realm(enrolment_by_mail=False)
    browser = provider.browser()
    assert browser.get(link).status == 410


def test_without_enrolment_by_mail_the_administrator_is_named(provider: Provider, codes: list[str]) -> None:
    """A realm can close the way by mail; then no link is sent."""
    provider.set_realm(certificate_policy="required", enrolment_by_mail=False)
    fail(provider)
    (mail,) = provider.mails("login_failed")
    assert "token=" not in mail
    assert "administrator" in mail.lower()


def reset_password(provider: Provider, username: str = "alice") -> Browser:
    browser = provider.browser()
    browser.get("/realms/demo/login/forgot-password")
    browser.press("Send me a link", username=username)
    browser.get(link_of(provider.mails("password_reset")[-1], "/login/reset-password"))
    form = Forms(browser.page.html).forms[-1]
    browser.press(form["buttons"][-1], password=NEW_PASSWORD, password_confirmation=NEW_PASSWORD)
    return browser


def test_the_mailbox_alone_does_not_open_an_account_with_a_second_factor(provider: Provider, codes: list[str]) -> None:
    """For a day after a password reset by mail, no mail offers to switch two-factor login off, and no link of one does."""
    provider.clock.advance(seconds=1)
    reset_password(provider)
    fail(provider, password=NEW_PASSWORD)
    assert "token=" not in provider.mails("login_failed")[-1]

    provider.clock.advance(hours=25)
    fail(provider, password=NEW_PASSWORD)
    link = login_failed_link(provider)
    provider.services.ephemeral.put("password-reset", provider.user().id, "", timedelta(hours=1))
    browser = provider.browser()
    browser.get(link)
    assert browser.page.status == 403
    assert provider.user().two_factor_enabled_at is not None


def test_the_mailbox_alone_enrols_no_second_certificate(provider: Provider, codes: list[str]) -> None:
    """Nor does a reset password go with an enrolment link, where a certificate is demanded and was held before."""
    provider.clock.advance(seconds=1)
    reset_password(provider)
    provider.set_realm(certificate_policy="required")
    browser = fail(provider, password=NEW_PASSWORD)
    assert "token=" not in provider.mails("login_failed")[-1]
    ask_for_enrolment(browser)
    assert provider.mails("enrolment_link") == []


def test_a_first_enrolment_goes_with_a_password_set_by_mail(provider: Provider) -> None:
    """Whoever never held a certificate may set the first password and enrol the first device by mail."""
    provider.set_realm(certificate_policy="required")
    reset_password(provider)
    browser = provider.browser()
    sign_in(browser, password=NEW_PASSWORD)
    ask_for_enrolment(browser)
    browser.get(link_of(provider.mails("enrolment_link")[-1], "/login/enrolment"))
    assert browser.press("Continue", password=NEW_PASSWORD).title == "Two-Factor Authentication"


@pytest.mark.parametrize("parameters", [{}, {"acr_values": "2"}])
def test_without_recovery_by_mail_no_second_certificate_is_enrolled(
    provider: Provider, codes: list[str], parameters: dict[str, str]
) -> None:
    """An enrolment link is as good as a disabling one, so asking for level 2 must not bring it about."""
    provider.set_realm(recovery_by_mail=False)
    browser = fail(provider, **parameters)
    assert "token=" not in provider.mails("login_failed")[-1]
    ask_for_enrolment(browser)
    assert provider.mails("enrolment_link") == []


def test_an_enrolment_link_is_worthless_once_the_realm_forbids_it(provider: Provider) -> None:
    """The realm's policy is looked at when the link is used."""
    provider.set_realm(certificate_policy="required")
    browser = provider.browser()
    sign_in(browser)
    ask_for_enrolment(browser)
    link = link_of(provider.mails("enrolment_link")[-1], "/login/enrolment")
    reader = provider.browser()
    reader.get(link)
    provider.set_realm(enrolment_by_mail=False)
    reader.press("Continue", password=PASSWORD)
    assert reader.page.status == 403
    assert reader.get(link).status == 403


def ask_for_enrolment(browser: Browser) -> Page:
    """Post the form of *Send me an enrolment link*, shown or not."""
    flow = browser.page.url.split("flow=")[1]
    token = Forms(browser.page.html).forms[-1]["fields"]["csrf_token"]
    return browser.post(f"/realms/demo/login/enrolment/send?flow={flow}", {"csrf_token": token})


def test_a_forgotten_password_is_reset_by_mail(provider: Provider, browser: Browser) -> None:
    """The new password works, the old one does not, and sessions end."""
    sign_in(browser)
    provider.clock.advance(seconds=1)
    page = reset_password(provider).page
    assert page.title == "Your password is changed"
    assert sign_in(provider.browser()).status == 401
    assert sign_in(provider.browser(), password=NEW_PASSWORD).url.startswith(CALLBACK)
    assert len(provider.mails("password_changed")) == 1
    assert browser.get(provider.authorization_url(prompt="none")).query["error"] == "login_required"


def test_forgotten_password_tells_nobody_which_accounts_exist(provider: Provider) -> None:
    """Known and unknown names get the same page, status and cookies."""
    pages = []
    for name in ("alice", "nobody", "alice@example.org", "nobody@example.org"):
        browser = provider.browser()
        browser.get("/realms/demo/login/forgot-password")
        pages.append(browser.press("Send me a link", username=name))
    texts = {re.sub(r'name="csrf_token" value="[^"]*"', "", page.html) for page in pages}

    assert len(texts) == 1
    assert {page.status for page in pages} == {200}


def test_nobody_is_flooded_with_reset_mails(provider: Provider, browser: Browser) -> None:
    """One a minute, five an hour; the page says the same all the time."""
    browser.get("/realms/demo/login/forgot-password")
    form = browser.page
    for _ in range(20):
        browser.page = form
        assert browser.press("Send me a link", username="alice").status == 200
        provider.clock.advance(minutes=2)
    assert len(provider.mails("password_reset")) == 5
    provider.clock.advance(hours=1)
    browser.page = form
    browser.press("Send me a link", username="alice")
    assert len(provider.mails("password_reset")) == 6


def test_one_address_cannot_ask_for_everybodys_reset(provider: Provider, browser: Browser) -> None:
    """Whoever asks for many accounts is stopped, whether or not they exist."""
    browser.get("/realms/demo/login/forgot-password")
    form, statuses = browser.page, []
    for number in range(32):
        browser.page = form
        statuses.append(browser.press("Send me a link", username=f"somebody{number}").status)
    assert statuses == [200] * 30 + [429] * 2
    assert "user:login:locked" in tags(provider)


def test_a_new_password_has_to_fit(provider: Provider, browser: Browser) -> None:
    """Too short, repeated wrongly, or the username: refused with the reason, and the link stays usable."""
    browser.get("/realms/demo/login/forgot-password")
    browser.press("Send me a link", username="alice")
    browser.get(link_of(provider.mails("password_reset")[-1], "/login/reset-password"))
    button = Forms(browser.page.html).forms[-1]["buttons"][-1]
    for password, repeated in (
        ("short", "short"),
        (NEW_PASSWORD, "other"),
        ("a" * 12, "a" * 12),
        ("x" * 600, "x" * 600),
    ):
        assert browser.press(button, password=password, password_confirmation=repeated).status == 400
    assert browser.press(button, password=NEW_PASSWORD, password_confirmation=NEW_PASSWORD).status == 200


def test_an_address_is_verified_by_its_link(provider: Provider, browser: Browser) -> None:
    """A changed address is unverified until its own link is used, once."""
    open_dashboard(browser)
    browser.get("/realms/demo/account/personal-info")
    browser.press(Forms(browser.page.html).forms[-1]["buttons"][-1], email="New@Example.org")
    assert provider.user().email_verified is False
    link = link_of(provider.mails("verify_email")[-1], "/login/verify-email")
    reader = provider.browser()
    reader.get(link)
    assert provider.user().email_verified is False
    reader.press("Confirm address")
    user = provider.user()
    assert (user.email, user.email_verified) == ("new@example.org", True)
    assert reader.get(link).status == 410


def test_an_old_session_may_not_change_the_address(provider: Provider, browser: Browser) -> None:
    """Recovery mails go to the address, so a session left open is not enough."""
    open_dashboard(browser)
    provider.clock.advance(timedelta(minutes=11))
    browser.get("/realms/demo/account/personal-info")
    page = browser.press(Forms(browser.page.html).forms[-1]["buttons"][-1], email="thief@example.org")
    assert page.status == 400
    assert provider.user().email == "alice@example.org"
