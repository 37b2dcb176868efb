"""The dashboard: a first-party client whose pages can neither be opened nor be forged by others."""

import re
import sqlite3

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from idp.models import Certificate, Event, Realm, UserSession
from idp.pki.revocation import RevocationReason
from tests.provider import (
    PASSWORD,
    Browser,
    Forms,
    Provider,
    enable_two_factor,
    enrol,
    open_dashboard,
    sign_in,
)

PAGES = ("", "two-factor", "two-factor/enrol", "two-factor/install", "activity", "personal-info", "password")


@pytest.mark.parametrize("path", PAGES)
def test_pages_ask_for_sign_in_and_then_open(provider: Provider, browser: Browser, path: str) -> None:
    """Whoever is not signed in gets the login, and afterwards the page that was asked for."""
    browser.get(f"/realms/demo/account/{path}")
    assert "Sign in" in browser.page.text
    page = browser.press("Sign in", username="alice", password=PASSWORD)
    assert page.status == 200
    assert page.url.endswith(f"/realms/demo/account/{path}")


def test_signing_out_ends_the_session_everywhere(provider: Provider, browser: Browser) -> None:
    """The page says what the browser may remember, and applications ask again."""
    open_dashboard(browser)
    page = browser.press("Sign out")
    assert page.title == "You are signed out"
    assert browser.get(provider.authorization_url(prompt="none")).query["error"] == "login_required"
    with provider.services.database.transaction() as session:
        assert all(row.ended_at for row in session.query(UserSession))


def test_a_forged_callback_opens_nothing(provider: Provider, browser: Browser) -> None:
    """A callback with an invented state or somebody else's code begins a new login."""
    page = browser.get("/realms/demo/account/callback?code=x&state=y")
    assert "Sign in" in page.text
    attacker = provider.browser()
    open_dashboard(attacker, "bob", "bob-test-password")
    code = attacker.get(
        provider.authorization_url(
            "account-console", redirect_uri="http://localhost:8080/realms/demo/account/callback", scope="openid"
        )
    )
    assert code.title != "Overview" or "bob" in code.text.lower()
    browser.get("/realms/demo/account/")
    state = re.search(r"state=([\w-]+)", " ".join(browser.hops))
    assert state
    page = browser.get(f"/realms/demo/account/callback?code=invented&state={state.group(1)}")
    assert page.status == 403
    assert page.title == "You are not signed in"


@pytest.mark.parametrize(
    "path",
    [
        "two-factor",
        "two-factor/enrol",
        "two-factor/test",
        "two-factor/disable",
        "two-factor/recovery-codes",
        "password",
        "personal-info",
        "sign-out",
    ],
)
def test_every_form_needs_its_token(provider: Provider, browser: Browser, path: str) -> None:
    """A POST from elsewhere changes nothing."""
    open_dashboard(browser)
    page = browser.post(f"/realms/demo/account/{path}", {"enabled": "yes", "password": PASSWORD})
    assert page.status == 403


def test_the_download_is_one_uncacheable_file(provider: Provider, browser: Browser) -> None:
    """The file has the right type and name, opens with the shown password, and holds a certificate for its owner."""
    open_dashboard(browser)
    browser.get("/realms/demo/account/two-factor/enrol")
    password = Forms(browser.page.html).forms[-1]["fields"]["generated_password"]
    page = browser.press("Download", device_name="Work laptop", platform="macos", key_type="p256")
    stored = pkcs12.load_pkcs12(page.content, password.encode())

    assert page.headers["content-type"] == "application/x-pkcs12"
    assert page.headers["cache-control"] == "no-store"
    assert '.p12"' in page.headers["content-disposition"]
    assert stored.cert is not None
    certificate = stored.cert.certificate
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["alice@example.org"]
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == [f"urn:uuid:{provider.user().id}"]
    assert len(provider.mails("certificate_issued")) == 1
    assert password not in "".join(provider.mails())


def test_the_private_key_is_stored_nowhere(provider: Provider, browser: Browser) -> None:
    """Neither the key nor the file's password is in the database."""
    open_dashboard(browser)
    browser.get("/realms/demo/account/two-factor/enrol")
    password = Forms(browser.page.html).forms[-1]["fields"]["generated_password"]
    page = browser.press("Download", device_name="Laptop", key_type="p256")
    key = pkcs12.load_pkcs12(page.content, password.encode()).key
    assert key is not None
    secret = key.private_numbers().private_value.to_bytes(32, "big")  # type: ignore[union-attr]
    der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    folder = provider.services.settings.master_key_file.parent
    dump = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())

    assert sqlite3.sqlite_version
    assert dump
    for trace in (secret, der, password.encode(), password.replace("-", "").encode(), page.content):
        assert trace not in dump


def test_a_form_that_does_not_fit_is_shown_again(provider: Provider, browser: Browser) -> None:
    """Weak, different and non-ASCII passwords are named; no certificate is made."""
    open_dashboard(browser)
    browser.get("/realms/demo/account/two-factor/enrol")
    form = browser.page
    bad = (
        {"password": "short", "password_confirmation": "short"},
        {"password": "a-long-enough-Passw0rd!", "password_confirmation": "another"},
        {"password": "pässwörd-pässwörd-pässwörd", "password_confirmation": "pässwörd-pässwörd-pässwörd"},
    )
    for fields in bad:
        browser.page = form
        page = browser.press("Download", password_choice="own", **fields)
        assert page.status == 400, fields
    for fields in ({"platform": "toaster"}, {"key_type": "rsa512"}, {"device_name": " \x07 "}, {"encryption": "rot13"}):
        browser.page = form
        assert browser.press("Download", **fields).status == 400, fields
    with provider.services.database.transaction() as session:
        assert session.query(Certificate).count() == 0


def test_form_offers_the_kinds_of_keys_that_the_profile_has(provider: Provider) -> None:
    """The first one is chosen, and no other gets a certificate."""
    provider.set_realm(certificate_profile={"key_types": ["p384", "p256"]})
    browser = provider.browser()
    open_dashboard(browser)
    page = browser.get("/realms/demo/account/two-factor/enrol")
    assert re.findall(r'name="key_type" value="(\w+)"( checked)?', page.html) == [("p384", " checked"), ("p256", "")]

    assert browser.press("Download", device_name="Laptop", key_type="rsa2048").status == 400
    browser.get("/realms/demo/account/two-factor/enrol")
    certificate = x509.load_der_x509_certificate(enrol(browser))
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    assert certificate.public_key().key_size == 384


def test_enabling_without_a_tested_certificate_says_why_not(provider: Provider, browser: Browser) -> None:
    """Nobody locks themselves out: a downloaded certificate is not yet a working one."""
    open_dashboard(browser)
    for _ in range(2):
        browser.get("/realms/demo/account/two-factor")
        page = browser.press("Save Changes", enabled="yes")
        assert page.status == 409
        assert "Test a certificate first" in page.text
        enrol(browser)
    assert provider.user().two_factor_enabled_at is None


def test_testing_reports_what_was_presented(provider: Provider, browser: Browser) -> None:
    """The right certificate, none, and somebody else's each get their own words; only the right one is proven."""
    open_dashboard(browser)
    own = enrol(browser)
    other = provider.browser()
    open_dashboard(other, "bob", "bob-test-password")
    foreign = enrol(other)
    for leaf, proven in ((None, False), (foreign, False), (own, True)):
        browser.certificate = leaf
        browser.get("/realms/demo/account/two-factor")
        page = browser.press("Test my certificate")
        assert page.status == 200
        with provider.services.database.transaction() as session:
            rows = session.query(Certificate).filter_by(user_id=provider.user().id).all()
            assert [row.proven_at is not None for row in rows] == [proven], page.text
    assert "Laptop" in page.text


def test_a_revoked_certificate_does_not_count_as_proven(provider: Provider, browser: Browser) -> None:
    """What was tested and then revoked cannot switch the second factor on."""
    open_dashboard(browser)
    browser.certificate = enrol(browser)
    browser.get("/realms/demo/account/two-factor")
    browser.press("Test my certificate")
    revoke(provider, browser)
    browser.get("/realms/demo/account/two-factor")
    assert browser.press("Save Changes", enabled="yes").status == 409


def revoke(provider: Provider, browser: Browser, password: str = PASSWORD, **fields: str) -> None:
    with provider.services.database.transaction() as session:
        certificate = session.query(Certificate).filter_by(user_id=provider.user().id).first()
        assert certificate is not None
    browser.get(f"/realms/demo/account/certificates/{certificate.id}/revoke")
    form = next(form for form in Forms(browser.page.html).forms if "revoke" in form["action"])
    browser.press(form["buttons"][-1], password=password, **fields)


def test_revoking_asks_for_the_password_and_tells_by_mail(provider: Provider, browser: Browser) -> None:
    """A session left open cannot take somebody's certificate away."""
    open_dashboard(browser)
    enrol(browser)
    revoke(provider, browser, "wrong")
    assert browser.page.status == 401
    revoke(provider, browser)
    assert len(provider.mails("certificate_revoked")) == 1


@pytest.mark.parametrize("reason", ["superseded", "keyCompromise", "unspecified"])
def test_reason_that_the_page_offers_is_the_one_that_is_kept(provider: Provider, browser: Browser, reason: str) -> None:
    """RFC 5280 section 5.3.1, for the revocation list; a wrong password does not change what was chosen."""
    open_dashboard(browser)
    enrol(browser)
    revoke(provider, browser, "wrong", reason=reason)
    offered = re.findall(r'name="reason" value="(\w+)"( checked)?', browser.page.html)
    assert [value for value, checked in offered if checked] == [reason]
    assert {value for value, _ in offered} <= set(RevocationReason)
    revoke(provider, browser, reason=reason)
    with provider.services.database.transaction() as session:
        assert session.query(Certificate).one().revocation_reason == reason


def test_another_persons_certificate_cannot_be_revoked(provider: Provider, browser: Browser) -> None:
    """An address with somebody else's id leads nowhere."""
    open_dashboard(browser)
    enrol(browser)
    with provider.services.database.transaction() as session:
        certificate = session.query(Certificate).one()
    bob = provider.browser()
    open_dashboard(bob, "bob", "bob-test-password")
    assert bob.get(f"/realms/demo/account/certificates/{certificate.id}/revoke").status == 404


def test_disabling_asks_for_the_password(provider: Provider, browser: Browser) -> None:
    """Unticking the box leads to the question, a wrong password changes nothing, the right one tells by mail."""
    open_dashboard(browser)
    enable_two_factor(browser)
    browser.get("/realms/demo/account/two-factor")
    browser.press("Save Changes", enabled=None)
    form = next(form for form in Forms(browser.page.html).forms if "disable" in form["action"])
    page = browser.press(form["buttons"][-1], password="wrong")
    assert page.status == 401
    assert provider.user().two_factor_enabled_at is not None
    browser.press(form["buttons"][-1], password=PASSWORD)
    assert provider.user().two_factor_enabled_at is None
    assert len(provider.mails("two_factor_disabled")) == 1


def test_a_session_from_before_needs_the_certificate_once_it_is_on(provider: Provider, browser: Browser) -> None:
    """Switching it on strengthens the other sessions too: they are asked at their next request."""
    other = provider.browser()
    open_dashboard(other)
    open_dashboard(browser)
    enable_two_factor(browser)

    page = other.get("/realms/demo/account/password")
    assert page.title == "Confirm with your certificate"


def test_new_recovery_codes_replace_the_old_ones(provider: Provider, browser: Browser) -> None:
    """Only the last ten count."""
    open_dashboard(browser)
    old = enable_two_factor(browser)
    browser.get("/realms/demo/account/two-factor")
    browser.press("Get new codes")
    new = re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", browser.page.html)
    assert len(new) == 10
    assert not set(new) & set(old)


def test_changing_the_password_ends_the_other_sessions(provider: Provider, browser: Browser) -> None:
    """Wrong, short and differing ones are refused; a good one ends the other sessions."""
    open_dashboard(browser)
    other = provider.browser()
    sign_in(other)
    browser.get("/realms/demo/account/password")
    form = next(form for form in Forms(browser.page.html).forms if "account/password" in form["action"])
    button = form["buttons"][-1]
    new = {"password": "a-brand-new-password", "password_confirmation": "a-brand-new-password"}
    assert browser.press(button, current_password="wrong", **new).status == 401
    short = {"password": "short", "password_confirmation": "short"}
    assert browser.press(button, current_password=PASSWORD, **short).status == 400
    assert browser.press(button, current_password=PASSWORD, **new).status == 200
    assert other.get(provider.authorization_url(prompt="none")).query["error"] == "login_required"
    assert browser.get("/realms/demo/account/activity").status == 200


def test_activity_shows_what_happened_in_words(provider: Provider, browser: Browser) -> None:
    """Events of this person alone, and never their tags."""
    sign_in(provider.browser(), password="wrong")
    open_dashboard(browser)
    enrol(browser)
    page = browser.get("/realms/demo/account/activity")
    assert "user:login" not in page.text
    with provider.services.database.transaction() as session:
        tags = {event.tag for event in session.query(Event)}
    assert {"user:login:failure", "user:login:success", "certificate:issue"} <= tags


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "{{ 7*7 }}", "\u202eevil", "a" * 300])
def test_hostile_names_are_shown_as_text(provider: Provider, browser: Browser, name: str) -> None:
    """What a person types is text on every page and in every mail."""
    open_dashboard(browser)
    browser.get("/realms/demo/account/two-factor/enrol")
    browser.press("Download", device_name=name)
    page = browser.get("/realms/demo/account/two-factor")
    assert page.status == 200
    assert "<script>alert" not in page.html
    assert "49" not in re.sub(r"[0-9a-f:]{16,}", "", page.text) or "{{" not in name


def test_a_session_left_open_binds_no_certificate_and_shows_no_codes(provider: Provider, browser: Browser) -> None:
    """After a quarter of an hour the sign-in is asked for again, and then the page opens."""
    open_dashboard(browser)
    enable_two_factor(browser)
    provider.clock.advance(minutes=16)
    page = browser.get("/realms/demo/account/two-factor/enrol")
    assert "Password" in page.text
    assert page.title != "Set up a certificate"
    browser.press("Sign in", username="alice", password=PASSWORD)
    page = browser.press("Continue with certificate")
    assert page.title == "Set up a certificate"

    provider.clock.advance(minutes=16)
    browser.get("/realms/demo/account/two-factor")
    page = browser.press("Get new codes")
    assert "Password" in page.text
    assert not re.search(r"<code>[a-z2-7]{4}-", page.html)


def test_the_old_address_is_told_of_the_new_one(provider: Provider, browser: Browser) -> None:
    """Whoever loses the address learns of it where they still read."""
    open_dashboard(browser)
    browser.get("/realms/demo/account/personal-info")
    browser.press("Save Changes", email="new@example.org")
    (mail,) = provider.mails("email_changed")
    assert "n•••@e•••.org" in mail
    assert "new@example.org" not in mail


def test_enrolling_more_than_the_realm_allows_is_explained(provider: Provider, browser: Browser) -> None:
    """No file, no certificate, and a page that says what to do."""
    with provider.services.database.transaction() as session:
        session.query(Realm).filter_by(name="demo").one().certificate_limit = 1
    open_dashboard(browser)
    browser.get("/realms/demo/account/two-factor/enrol")
    browser.press("Download", device_name="First", key_type="p256")

    browser.get("/realms/demo/account/two-factor/enrol")
    page = browser.press("Download", device_name="Second", key_type="p256")

    assert page.status == 400
    assert "as many as you may" in page.text
    assert len(provider.mails("certificate_issued")) == 1
    with provider.services.database.transaction() as session:
        assert [row.device_name for row in session.query(Certificate)] == ["First"]
