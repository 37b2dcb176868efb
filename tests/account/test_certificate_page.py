"""The page of one certificate: facts, chain, name, files; for its owner alone."""

import re
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from idp.models import Certificate, Event
from idp.pki.authorities import find_chain
from idp.pki.revocation import RevocationReason, revoke_certificate
from tests.certification_requests import request_pem
from tests.provider import PUBLIC, Browser, Forms, Provider, enable_two_factor, enrol, open_dashboard, sign_in

BASE = "/realms/demo/account/certificates"


def only_certificate(provider: Provider) -> Certificate:
    """Return the one that there is."""
    with provider.services.database.transaction() as session:
        return session.query(Certificate).one()


@pytest.fixture
def alice(browser: Browser) -> Browser:
    """Alice at her dashboard, with a certificate named Laptop."""
    open_dashboard(browser)
    browser.certificate = enrol(browser)
    return browser


def test_page_tells_all_of_a_certificate_and_its_chain(provider: Provider, alice: Browser) -> None:
    """The chain is drawn from the root down, with names, times and fingerprints."""
    row = only_certificate(provider)
    alice.get("/realms/demo/account/two-factor")
    [link] = re.findall(r'href="([^"]+)">Details', alice.page.html)
    page = alice.get(link)
    assert (page.status, page.title) == (200, "Laptop")
    for text in (row.serial_number, row.fingerprint, row.subject, row.issuer, "RSA 2048", "Downloaded here"):
        assert text in page.html
    with provider.services.database.transaction() as session:
        expected = [authority.fingerprint for authority in find_chain(session, row.realm_id)]
    shown = re.findall(r'<p class="chain-print">.*?<code>(\w+)</code>', page.html)
    assert shown == [*reversed(expected), row.fingerprint]
    assert re.findall(r'class="chain-kind">([^<]+)', page.html) == ["Root", "Issuing authority", "This certificate"]


def test_first_and_last_use_are_told(provider: Provider, alice: Browser) -> None:
    """A login is the first use where no test was before it, and the last one moves on."""
    row = only_certificate(provider)
    assert "Never" in alice.get(f"{BASE}/{row.id}").text
    provider.set_realm(certificate_policy="required")
    for days in (0, 3):
        provider.clock.advance(timedelta(days=days))
        other = provider.browser(alice.certificate)
        sign_in(other)
        other.press("Continue with certificate")
    used = only_certificate(provider)
    assert used.proven_at is not None
    assert used.last_used_at is not None
    assert used.last_used_at - used.proven_at >= timedelta(days=3)


def test_device_is_renamed_in_place(provider: Provider, alice: Browser) -> None:
    """The event holds both names; the same name again is no event."""
    row = only_certificate(provider)
    for _ in range(2):
        alice.get(f"{BASE}/{row.id}")
        page = alice.press("Save name", device_name="  Work   laptop ")
        assert (page.title, page.url) == ("Work laptop", f"{PUBLIC}{BASE}/{row.id}")
    with provider.services.database.transaction() as session:
        [event] = session.query(Event).filter_by(tag="certificate:rename").all()
        assert (event.details["earlier"], event.details["device_name"]) == ("Laptop", "Work laptop")
    alice.get("/realms/demo/account/activity")
    assert alice.has("A certificate was renamed")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\r\nBcc: everybody@example.org", "a Bcc: everybody@example.org"),
        ("x" * 10_000, "x" * 64),
        ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
    ],
    ids=["markup", "direction", "lines", "long", "template"],
)
def test_hostile_names_are_one_line_of_text(provider: Provider, alice: Browser, name: str, kept: str) -> None:
    row = only_certificate(provider)
    alice.get(f"{BASE}/{row.id}")
    alice.press("Save name", device_name=name)
    assert only_certificate(provider).device_name == kept
    for path in (BASE + "/" + row.id, "/realms/demo/account/two-factor", f"{BASE}/{row.id}/revoke"):
        page = alice.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.html
        assert "\u202e" not in page.html
    disposition = alice.get(f"{BASE}/{row.id}/files/pem").headers["content-disposition"]
    assert re.fullmatch(r"attachment; filename=\"[a-z0-9-]+\.pem\"; filename\*=UTF-8''[a-z0-9-]+\.pem", disposition)


@pytest.mark.parametrize("name", ["", "   ", "\u202e\u200b"])
def test_name_of_nothing_is_refused(provider: Provider, alice: Browser, name: str) -> None:
    """The old one stays."""
    row = only_certificate(provider)
    alice.get(f"{BASE}/{row.id}")
    page = alice.press("Save name", device_name=name)
    assert page.status == 400
    assert "Give the device a name." in page.text
    assert only_certificate(provider).device_name == "Laptop"


def test_certificate_of_somebody_else_is_not_there(provider: Provider, alice: Browser) -> None:
    """Neither its page nor its files nor its name; and what is no certificate at all is answered alike."""
    row = only_certificate(provider)
    bob = provider.browser()
    open_dashboard(bob, "bob", "bob-test-password")
    bob.get("/realms/demo/account/two-factor")
    token = Forms(bob.page.html).forms[-1]["fields"]["csrf_token"]
    for name in (row.id, "x" * 3000, "%27%20OR%201=1"):
        for path in ("", "/install", "/revoke", "/files/pem", "/files/p7b"):
            assert bob.get(f"{BASE}/{name}{path}").status == 404, path
        assert bob.post(f"{BASE}/{name}", {"csrf_token": token, "device_name": "Mine"}).status == 404
    assert only_certificate(provider).device_name == "Laptop"
    assert provider.browser().get(f"{BASE}/{row.id}/files/pem").title.startswith("Sign in")


def test_renaming_needs_the_token(provider: Provider, alice: Browser) -> None:
    row = only_certificate(provider)
    assert alice.post(f"{BASE}/{row.id}", {"device_name": "Mine"}).status == 403
    assert only_certificate(provider).device_name == "Laptop"


def test_files_are_what_they_are_called(provider: Provider, alice: Browser) -> None:
    """Any other kind is not there."""
    row = only_certificate(provider)
    files = {kind: alice.get(f"{BASE}/{row.id}/files/{kind}") for kind in ("pem", "cer", "p7b", "chain")}
    assert {page.headers["x-content-type-options"] for page in files.values()} == {"nosniff"}
    assert [page.headers["content-disposition"].rpartition("laptop")[2] for page in files.values()] == [
        ".pem",
        ".cer",
        ".p7b",
        "-chain.pem",
    ]
    for page, load in (
        (files["pem"], x509.load_pem_x509_certificate),
        (files["cer"], x509.load_der_x509_certificate),
    ):
        assert load(page.content).fingerprint(hashes.SHA256()).hex() == row.fingerprint
    assert alice.get(f"{BASE}/{row.id}/files/key").status == 404


@pytest.mark.parametrize("ending", ["revoked", "expired"])
def test_former_certificates_have_a_page_too(provider: Provider, alice: Browser, ending: str) -> None:
    """Without what only a usable one can do."""
    row = only_certificate(provider)
    if ending == "revoked":
        with provider.services.database.transaction() as session:
            revoke_certificate(
                session, provider.clock, session.get_one(Certificate, row.id), RevocationReason.SUPERSEDED
            )
    else:
        provider.clock.advance(days=400)
        open_dashboard(alice)
    page = alice.get(f"{BASE}/{row.id}")
    assert (page.status, page.title) == (200, "Laptop")
    assert ending.title() in page.text
    assert "Test my certificate" not in page.text
    assert alice.get(f"{BASE}/{row.id}/files/pem").status == 200


def test_renewed_and_then_revoked_is_called_revoked(provider: Provider, alice: Browser) -> None:
    """It did not work until the end of its time beside the newer one."""
    row = only_certificate(provider)
    with provider.services.database.transaction() as session:
        old = session.get_one(Certificate, row.id)
        old.superseded_at = provider.clock.now() + timedelta(days=14)
    assert "Works until" in alice.get(f"{BASE}/{row.id}").text
    with provider.services.database.transaction() as session:
        old = session.get_one(Certificate, row.id)
        revoke_certificate(session, provider.clock, old, RevocationReason.KEY_COMPROMISE)
    page = alice.get(f"{BASE}/{row.id}")
    assert "Revoked" in page.text
    assert "Worked until" not in page.text


def test_guide_on_the_card_fits_the_way_it_was_issued(provider: Provider, alice: Browser) -> None:
    """A key of one's own is in no file."""
    alice.get("/realms/demo/account/two-factor/enrol/request")
    alice.press("Get certificate", request=request_pem(), device_name="Card", platform="linux")
    alice.get("/realms/demo/account/two-factor")
    assert alice.follow("Install Card").title == "Your certificate is ready"
    alice.get("/realms/demo/account/two-factor")
    assert alice.follow("Install Laptop").title == "Install your certificate"


def test_enrolment_session_sees_its_certificate(provider: Provider, alice: Browser) -> None:
    """Whoever came by an enrolment link can install what they got there."""
    provider.set_realm(enrolment_by_mail=True)
    newcomer = provider.browser()
    sign_in(newcomer, "bob", "bob-test-password", acr_values="2")
    newcomer.press("Send me an enrolment link")
    [link] = re.findall(r"https?://\S+/login/enrolment\S+", " ".join(provider.mails()))
    newcomer.get(link)
    newcomer.press("Continue", password="bob-test-password")
    newcomer.get("/realms/demo/account/two-factor/enrol/request")
    assert newcomer.press("Get certificate", request=request_pem()).title == "Your certificate is ready"
    assert newcomer.get(newcomer.page.url.removesuffix("/install")).status == 200


def test_two_factor_and_the_page_agree(provider: Provider, alice: Browser) -> None:
    """What was tested is told as tested, with its first use."""
    enable_two_factor(alice)
    rows = re.findall(r'href="([^"]+)">Details', alice.get("/realms/demo/account/two-factor").html)
    shown = [alice.get(href).text for href in rows]
    assert sorted("Never" in text for text in shown) == [False, True]
