"""Renewal in one sitting: with the very certificate that is replaced, and with nothing less."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from idp.models import Certificate, CertificateAuthority, Event
from idp.serving.housekeeping import sweep
from tests.provider import PASSWORD, Browser, Forms, Page, Provider, enable_two_factor, enrol, open_dashboard, sign_in


@pytest.fixture
def member(provider: Provider, browser: Browser) -> Browser:
    """Alice, signed in by password alone, with one tested certificate in its last 30 days; two-factor login is off."""
    open_dashboard(browser)
    browser.certificate = enrol(browser)
    browser.get("/realms/demo/account/two-factor")
    browser.press("Test my certificate")
    provider.clock.advance(days=340)
    open_dashboard(browser)
    return browser


def rows(provider: Provider) -> list[Certificate]:
    with provider.services.database.transaction() as session:
        found = session.query(Certificate).order_by(Certificate.created_at, Certificate.id).all()
        session.expunge_all()
        return found


def change(provider: Provider, **values: Any) -> None:
    with provider.services.database.transaction() as session:
        for row in session.query(Certificate):
            for name, value in values.items():
                setattr(row, name, value)


def renew_url(provider: Provider) -> str:
    return f"/realms/demo/account/certificates/{rows(provider)[0].id}/renew"


def download(browser: Browser, **fields: str) -> bytes:
    """Send the form; return the new certificate as the system would have it."""
    password = Forms(browser.page.html).forms[-1]["fields"]["generated_password"]
    page = browser.press("Download", **fields)
    assert page.headers["content-type"] == "application/x-pkcs12", page.text
    stored = pkcs12.load_pkcs12(page.content, password.encode())
    assert stored.cert is not None
    return stored.cert.certificate.public_bytes(Encoding.DER)


def show_old_one(browser: Browser, provider: Provider) -> Page:
    browser.get(renew_url(provider))
    return browser.press("Continue with certificate")


def test_from_the_card_to_the_tested_new_one(provider: Provider, member: Browser) -> None:
    """Explain, show the old one, download, test; the old one works for the overlap and then no more."""
    member.get("/realms/demo/account/two-factor")
    member.follow("Renew Laptop")
    assert member.page.title == "Renew your certificate"
    page = member.press("Continue with certificate")
    assert "that was Laptop" in page.text
    old, new = member.certificate, download(member)
    member.certificate = new
    member.get("/realms/demo/account/two-factor/install")
    page = member.press("Test my certificate")
    assert page.title == "Your certificate works"
    assert "takes the place of the old one" in page.text
    assert len(provider.mails("certificate_renewed")) == 1

    first, second = rows(provider)
    assert (second.replaces_id, second.device_name, second.platform) == (first.id, first.device_name, first.platform)
    assert (second.key_type, second.bound_by) == (first.key_type, "issued")
    for days, leaf, reached in ((13, old, True), (2, old, False), (0, new, True)):
        provider.clock.advance(days=days)
        sweep(provider.services)
        visitor = provider.browser(leaf)
        sign_in(visitor, acr_values="2")
        visitor.press("Continue with certificate")
        assert ("code" in visitor.page.query) is reached, visitor.page.text
        assert reached or visitor.page.title == "This certificate has been replaced"
    assert rows(provider)[0].revocation_reason == "superseded"
    with provider.services.database.transaction() as session:
        tags = [event.tag for event in session.query(Event).filter_by(user_id=provider.user().id)]
    assert tags.count("certificate:supersede") == 1
    assert tags.count("certificate:revoke") == 1


def test_signing_in_with_the_new_one_proves_it_too(provider: Provider, member: Browser) -> None:
    """Whoever skips the test has the old one replaced at the next sign-in, once."""
    show_old_one(member, provider)
    new = download(member)
    for _ in range(2):
        visitor = provider.browser(new)
        sign_in(visitor, acr_values="2")
        visitor.press("Continue with certificate")
    assert len(provider.mails("certificate_renewed")) == 1
    first, second = rows(provider)
    assert first.superseded_at is not None
    assert second.proven_at is not None


def test_sign_in_on_the_way_leads_back_and_counts(provider: Provider, member: Browser) -> None:
    """The address in a mail survives the sign-in; with two-factor login on, nobody is asked for the certificate twice."""
    member.press("Sign out")
    provider.set_realm(certificate_policy="required")
    member.get(renew_url(provider))
    member.press("Sign in", username="alice", password=PASSWORD)
    page = member.press("Continue with certificate")
    assert page.url.endswith(renew_url(provider))
    assert "that was Laptop" in page.text


def test_old_session_has_to_sign_in_again(provider: Provider, member: Browser) -> None:
    """A new key is bound, so a dashboard that was left open is not enough."""
    show_old_one(member, provider)
    form = member.page
    provider.clock.advance(minutes=16)
    assert member.get(renew_url(provider)).title.startswith("Sign in")
    member.page = form
    member.press("Download")
    assert len(rows(provider)) == 1


@pytest.mark.parametrize(
    ("shown", "title"),
    [
        ("none", "No certificate arrived"),
        ("other", "This is another of your certificates"),
        ("bob", "This certificate belongs to another account"),
    ],
)
def test_nothing_but_the_very_certificate_will_do(provider: Provider, member: Browser, shown: str, title: str) -> None:
    """The form is not shown, and a forged one issues nothing."""
    if shown == "other":
        member.certificate = enrol(member, name="Phone")
    elif shown == "bob":
        bob = provider.browser()
        open_dashboard(bob, "bob", "bob-test-password")
        member.certificate = enrol(bob)
    else:
        member.certificate = None
    before = len(rows(provider))
    page = show_old_one(member, provider)
    assert (page.status, page.title) == (403, title)
    token = Forms(page.html).forms[-1]["fields"]["csrf_token"]
    fields = {"csrf_token": token, "device_name": "x", "platform": "linux", "generated_password": "k7mq-2vxh-9tna-wd4e"}
    page = member.post(renew_url(provider), fields)
    assert page.headers["content-type"].startswith("text/html")
    assert len(rows(provider)) == before


def test_session_that_rests_on_another_certificate_has_to_show_this_one(provider: Provider, member: Browser) -> None:
    """A second factor is not enough: it has to be this one."""
    laptop, member.certificate = member.certificate, enrol(member, name="Phone")
    member.get("/realms/demo/account/two-factor")
    member.press("Test my certificate")
    page = member.get(renew_url(provider))
    assert "that was Laptop" not in page.text
    member.certificate = laptop
    assert "that was Laptop" in member.press("Continue with certificate").text


def test_verdict_of_a_test_is_not_taken_for_a_renewal(provider: Provider, member: Browser) -> None:
    """A code of the certificate host counts for what it was made for, and once."""
    show_old_one(member, provider)
    used = next(hop for hop in member.hops if "/renew/return?code=" in hop)
    member.get("/realms/demo/account/two-factor")
    member.press("Test my certificate")
    tested = next(hop for hop in member.hops if "/test/return?code=" in hop)
    stranger = provider.browser()
    open_dashboard(stranger)
    for code in (used, tested):
        page = stranger.get(f"{renew_url(provider)}/return?code={code.split('code=')[1]}")
        assert "that was Laptop" not in page.text


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("early", "can be renewed from"),
        ("never", "does not renew certificates"),
        ("expired", "It ended on"),
        ("revoked", "It was revoked"),
        ("replaced", "You have renewed it already"),
        ("foreign", "It was not issued here"),
        ("authority", "cannot issue certificates at the moment"),
    ],
)
def test_what_cannot_be_renewed_says_why(provider: Provider, member: Browser, case: str, says: str) -> None:
    """Before the certificate is asked for, and once more where the form was open already."""
    show_old_one(member, provider)
    form, now = member.page, provider.clock.now()
    if case in {"early", "never"}:
        provider.set_realm(certificate_renewal_window=86400 if case == "early" else 0)
    elif case == "expired":
        change(provider, not_after=now.replace(year=2020))
    elif case == "authority":
        with provider.services.database.transaction() as session:
            for row in session.query(CertificateAuthority):
                row.status = "retired"
    else:
        change(
            provider,
            **{"revoked": {"revoked_at": now}, "replaced": {"superseded_at": now}, "foreign": {"authority_id": None}}[
                case
            ],
        )
    for page in (member.get(renew_url(provider)), _press(member, form)):
        assert (page.status, page.title) == (409, "This certificate cannot be renewed"), page.text
        assert says in page.text
    assert len(rows(provider)) == 1
    if case != "authority":
        member.get("/realms/demo/account/two-factor")
        assert "Renew" not in re_links(member)


def _press(browser: Browser, form: Page) -> Page:
    browser.page = form
    return browser.press("Download")


def re_links(browser: Browser) -> str:
    return " ".join(part.split("</a>")[0] for part in browser.page.html.split("<a ")[1:] if "/renew" in part)


def test_somebody_elses_is_not_found(provider: Provider, member: Browser) -> None:
    """Nor is it told apart from one that does not exist."""
    bob = provider.browser()
    open_dashboard(bob, "bob", "bob-test-password")
    for path in ("", "/return?code=x"):
        assert bob.get(f"{renew_url(provider)}{path}").status == 404
    bob.get("/realms/demo/account/two-factor")
    token = Forms(bob.page.html).forms[-1]["fields"]["csrf_token"]
    for path in ("", "/present"):
        assert bob.post(f"{renew_url(provider)}{path}", {"csrf_token": token}).status == 404


@pytest.mark.parametrize("path", ["", "/present"])
def test_forms_need_their_token(provider: Provider, member: Browser, path: str) -> None:
    show_old_one(member, provider)
    assert member.post(f"{renew_url(provider)}{path}", {"device_name": "x"}).status == 403


def test_form_that_does_not_fit_is_shown_again(provider: Provider, member: Browser) -> None:
    """With what was typed, and still as a renewal; name, system and key may be changed."""
    show_old_one(member, provider)
    page = member.press("Download", password_choice="own", password="short", password_confirmation="short")
    assert (page.status, page.title) == (400, "Renew your certificate")
    download(member, device_name="New laptop", platform="macos", key_type="p256", password_choice="generated")
    new = rows(provider)[1]
    assert (new.device_name, new.platform, new.key_type) == ("New laptop", "macos", "p256")


def test_double_click_leaves_one_successor_and_the_last_file_is_good(provider: Provider, member: Browser) -> None:
    """The first file is worthless from then on, and its certificate says that there is a newer one."""
    show_old_one(member, provider)
    form = member.page
    first, second = download(member), _again(member, form)
    for leaf, title in ((first, "This certificate has been replaced"), (second, "Your certificate works")):
        member.certificate = leaf
        member.get("/realms/demo/account/two-factor")
        assert member.press("Test my certificate").title == title
    assert sum(row.superseded_at is None for row in rows(provider)) == 1


def _again(browser: Browser, form: Page) -> bytes:
    browser.page = form
    return download(browser)


@pytest.mark.every_database
def test_simultaneous_renewals_leave_one_successor(provider: Provider, member: Browser) -> None:
    """Four at once: SQLite may send some away to try again, and one certificate is left of those that were made."""
    provider.set_realm(certificate_limit=1)
    show_old_one(member, provider)
    form = Forms(member.page.html).forms[-1]
    cookies = dict(member.client.cookies)

    def post(_number: int) -> int:
        client = provider.http(provider.app, "http://localhost:8080")
        client.cookies.update(cookies)
        return int(client.post(form["action"], data={**form["fields"], "key_type": "p256"}).status_code)

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(post, range(4)))
    assert set(statuses) <= {200, 503}
    made = [row for row in rows(provider) if row.replaces_id]
    assert len(made) == statuses.count(200) >= 1
    assert sum(row.superseded_at is None for row in made) == 1


def test_testing_with_the_old_one_says_so(provider: Provider, member: Browser) -> None:
    """Both have the same name in the browser's question, so choosing the old one again is easily done."""
    show_old_one(member, provider)
    download(member)
    member.get("/realms/demo/account/two-factor")
    page = member.press("Test my certificate")
    assert page.title == "This was the old certificate"
    assert rows(provider)[0].superseded_at is None
    assert provider.mails("certificate_renewed") == []


def test_enrolment_session_renews_nothing(provider: Provider, member: Browser) -> None:
    """It came by mail and proves no certificate: it sees no *Renew*, and its address leads back."""
    with provider.services.database.transaction() as session:
        from idp.models import UserSession

        for row in session.query(UserSession):
            row.enrolment_only = True
    page = member.get("/realms/demo/account/two-factor")
    assert "/renew" not in page.html
    assert member.get(renew_url(provider)).title == "Two-Factor Authentication"


def test_two_factor_login_stays_on(provider: Provider, browser: Browser) -> None:
    """Renewing switches nothing off, and leaves the recovery codes."""
    open_dashboard(browser)
    assert len(enable_two_factor(browser)) == 10
    provider.clock.advance(days=340)
    browser.get(renew_url(provider))
    browser.press("Sign in", username="alice", password=PASSWORD)
    browser.press("Continue with certificate")
    browser.certificate = download(browser)
    browser.get("/realms/demo/account/two-factor")
    browser.press("Test my certificate")
    assert provider.user().two_factor_enabled_at is not None
    assert "10 of 10 left" in browser.get("/realms/demo/account/two-factor").text
