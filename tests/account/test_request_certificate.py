"""Enrolment by a certification request: pasted or uploaded, then installed, tested and used like any other."""

import re
from itertools import pairwise
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7

from idp.models import Certificate, Event
from idp.pki.key_owners import COMPROMISED, TAKEN
from idp.pki.request_armour import CERTIFICATE, PRIVATE_KEY
from idp.web.bodies import MAX_BODY_BYTES
from tests.certificates import ec_key, rsa_key
from tests.certification_requests import request_der, request_pem
from tests.crowd import all_at_once
from tests.provider import PASSWORD, PUBLIC, Browser, Forms, Page, Provider, open_dashboard, sign_in

PATH = "/realms/demo/account/two-factor/enrol/request"


def paste(browser: Browser, text: str, **fields: str) -> Page:
    """Open the page, paste *text* and press the button."""
    browser.get(PATH)
    return browser.press("Get certificate", request=text, **fields)


def upload(browser: Browser, file: bytes, **fields: str) -> Any:
    """Send the form as a browser does that has a file in it; return the answer as it is."""
    browser.get(PATH)
    values = Forms(browser.page.html).forms[-1]["fields"] | fields
    values.pop("file", None)
    return browser.client.post(PUBLIC + PATH, data=values, files={"file": ("request.csr", file)})


def certificates(provider: Provider, username: str = "alice") -> list[Certificate]:
    """Return what the person holds."""
    with provider.services.database.transaction() as session:
        return session.query(Certificate).filter_by(user_id=provider.user(username).id).all()


@pytest.fixture
def alice(browser: Browser) -> Browser:
    """Alice at her dashboard."""
    open_dashboard(browser)
    return browser


def test_request_becomes_a_certificate_that_signs_in(provider: Provider, alice: Browser) -> None:
    """From the enrolment page through the request, the files, the test and the switch to a login."""
    key = ec_key()
    alice.get("/realms/demo/account/two-factor/enrol")
    alice.follow("use a certificate request")
    page = alice.press("Get certificate", request=request_pem(key), device_name="Blue card", platform="windows")
    assert page.title == "Your certificate is ready"
    assert alice.has("Blue card")
    [row] = certificates(provider)
    assert (row.device_name, row.platform, row.key_type, row.bound_by) == ("Blue card", "windows", "p256", "requested")
    assert "we have never seen" in " ".join(provider.mails("certificate_issued")[0].split())

    alice.certificate = alice.get(f"/realms/demo/account/certificates/{row.id}/files/cer").content
    assert x509.load_der_x509_certificate(alice.certificate).public_key() == key.public_key()
    alice.get(f"/realms/demo/account/certificates/{row.id}/install")
    assert alice.press("Test my certificate").title == "Your certificate works"
    alice.get("/realms/demo/account/two-factor")
    alice.press("Save Changes", enabled="yes")

    other = provider.browser(alice.certificate)
    sign_in(other)
    code = other.press("Continue with certificate").query["code"]
    assert provider.redeem(code)["claims"]["amr"] == ["pwd", "x509"]


@pytest.mark.parametrize(
    "file", [request_der(), request_pem().encode(), request_pem().encode("utf-16")], ids=["DER", "PEM", "UTF-16"]
)
def test_file_is_taken_in_every_form(provider: Provider, alice: Browser, file: bytes) -> None:
    """DER, PEM, and PEM as PowerShell writes it."""
    answer = upload(alice, file, device_name="Card")
    assert answer.status_code == 303
    assert [row.device_name for row in certificates(provider)] == ["Card"]


def test_form_without_a_file_is_what_browsers_send(provider: Provider, alice: Browser) -> None:
    """An empty part stands for no file, and the pasted text counts."""
    alice.get(PATH)
    values = Forms(alice.page.html).forms[-1]["fields"] | {"request": request_pem()}
    values.pop("file", None)
    empty = {"file": ("", b"", "application/octet-stream")}
    assert alice.client.post(PUBLIC + PATH, data=values, files=empty).status_code == 303


def test_event_and_file_say_how_it_was_issued(provider: Provider, alice: Browser) -> None:
    """`method` tells the two ways apart."""
    upload(alice, request_der())
    alice.get("/realms/demo/account/two-factor/enrol")
    alice.press("Download", key_type="p256")
    with provider.services.database.transaction() as session:
        events = session.query(Event).filter_by(tag="certificate:issue").all()
        assert sorted(event.details["method"] for event in events) == ["csr", "pkcs12"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no certificate request"),
        ("hello", "no certificate request"),
        (request_pem(rsa_key(1024)), "has 1024 bits"),
        (request_pem() + request_pem(), "several"),
        (request_pem()[:300], "last line is missing"),
    ],
    ids=["empty", "words", "weak key", "several", "cut off"],
)
def test_what_does_not_fit_is_said_and_kept_to_be_mended(
    provider: Provider, alice: Browser, text: str, words: str
) -> None:
    page = paste(alice, text, device_name="Card")
    assert (page.status, page.title) == (400, "Use a certificate request")
    assert words in page.text
    assert 'value="Card"' in page.html
    assert text[:200].strip() in page.html.replace("&#43;", "+")
    assert certificates(provider) == []


def test_private_key_is_not_shown_again(provider: Provider, alice: Browser) -> None:
    """Not on the page, not in an event, not in the database."""
    pem = ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    page = paste(alice, pem)
    assert PRIVATE_KEY in page.text
    secret = pem.splitlines()[1]
    assert secret not in page.html
    folder = provider.services.settings.master_key_file.parent
    assert all(secret.encode() not in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_certificate_is_told_from_a_request(alice: Browser) -> None:
    upload(alice, request_der())
    alice.get("/realms/demo/account/two-factor")
    alice.get(re.findall(r'href="([^"]+/certificates/[^"/]+)"', alice.page.html)[0])
    pem = alice.get(alice.page.url + "/files/pem").content.decode()
    assert CERTIFICATE in paste(alice, pem).text


def test_both_at_once_are_refused(provider: Provider, alice: Browser) -> None:
    """Which one counts is not guessed."""
    answer = upload(alice, request_der(), request=request_pem())
    assert answer.status_code == 400
    assert "one of the two" in answer.text
    assert certificates(provider) == []


def test_key_of_another_person_is_refused(provider: Provider, alice: Browser) -> None:
    """And one's own, once it was reported as lost."""
    key = ec_key()
    bob = provider.browser()
    open_dashboard(bob, "bob", "bob-test-password")
    assert upload(bob, request_der(key)).status_code == 303
    assert TAKEN in upload(alice, request_der(key)).text
    assert certificates(provider) == []

    assert upload(bob, request_der(key)).status_code == 303
    [first, _] = certificates(provider, "bob")
    bob.get(f"/realms/demo/account/certificates/{first.id}/revoke")
    bob.press("Revoke certificate", password="bob-test-password", reason="keyCompromise")
    assert COMPROMISED in upload(bob, request_der(key)).text


def test_limit_is_kept(provider: Provider, alice: Browser) -> None:
    provider.set_realm(certificate_limit=1)
    assert upload(alice, request_der()).status_code == 303
    answer = upload(alice, request_der())
    assert (answer.status_code, len(certificates(provider))) == (400, 1)
    assert "as many as you may" in answer.text


def test_two_posts_at_once_do_not_pass_the_limit(provider: Provider, alice: Browser) -> None:
    """One certificate for one place."""
    provider.set_realm(certificate_limit=1)
    alice.get(PATH)
    values = Forms(alice.page.html).forms[-1]["fields"]
    values.pop("file", None)
    requests = [request_pem() for _ in range(4)]
    cookies = dict(alice.client.cookies)

    def post(number: int) -> int:
        client = provider.http(provider.app, PUBLIC)
        client.cookies.update(cookies)
        return int(client.post(PATH, data=values | {"request": requests[number]}).status_code)

    statuses = all_at_once(post, 4)
    assert len(certificates(provider)) == 1
    assert statuses.count(303) == 1
    assert set(statuses) <= {303, 400, 503}


@pytest.mark.parametrize("multipart", [False, True])
def test_form_from_elsewhere_issues_nothing(provider: Provider, alice: Browser, multipart: bool) -> None:
    """The token is looked for in both kinds of form, and the address is no way around it."""
    files = {"file": ("request.csr", request_der())} if multipart else None
    data = {"device_name": "Card", "platform": "linux", "request": "" if multipart else request_pem()}
    for token in ({}, {"csrf_token": "forged"}):
        answer = alice.client.post(f"{PUBLIC}{PATH}?csrf_token=x", data=data | token, files=files)
        assert answer.status_code == 403
    assert certificates(provider) == []


MULTIPART = "multipart/form-data; boundary=x"


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        (MULTIPART, b"x" * (MAX_BODY_BYTES + 1), 413),
        (MULTIPART, b"--x\r\n" * 10_000, 400),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 1000 + b"--x--\r\n", 400),
        (MULTIPART, b"--x--\r\n", 403),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1', 400),
        ("multipart/form-data", b"--x--\r\n", 400),
        ("multipart/mixed; boundary=x", b"--x--\r\n", 415),
        ("application/json", b"{}", 415),
        ("application/x-www-form-urlencoded", b"request=" + b"a" * 1_000_000, 413),
        ("application/x-www-form-urlencoded", b"request=%00", 400),
    ],
    ids=["large", "boundaries", "many parts", "empty", "no end", "no boundary", "mixed", "json", "paste", "NUL"],
)
def test_bodies_that_no_browser_sends_are_pages(
    provider: Provider, alice: Browser, content_type: str, body: bytes, status: int
) -> None:
    answer = alice.client.post(PUBLIC + PATH, content=body, headers={"content-type": content_type})
    assert answer.status_code == status
    assert "<h1" in answer.text
    assert certificates(provider) == []


def test_forms_with_files_are_taken_there_alone(alice: Browser) -> None:
    """Every other page has none."""
    for path in ("two-factor", "two-factor/enrol", "password", "personal-info"):
        answer = alice.client.post(f"{PUBLIC}/realms/demo/account/{path}", data={"a": "1"}, files={"file": b"1"})
        assert answer.status_code == 415, path


def test_request_needs_a_recent_sign_in(provider: Provider, alice: Browser) -> None:
    """As for a download: whoever finds a dashboard open binds no key of their own."""
    alice.get(PATH)
    form = alice.page
    provider.clock.advance(minutes=16)
    alice.page = form
    page = alice.press("Get certificate", request=request_pem())
    assert "Sign in" in page.text
    assert certificates(provider) == []
    assert alice.press("Sign in", username="alice", password=PASSWORD).url.endswith("/account/two-factor")
    assert paste(alice, request_pem()).title == "Your certificate is ready"


def test_chain_in_pkcs7_is_without_the_root(provider: Provider, alice: Browser) -> None:
    """Whoever imports it is not asked to trust anything."""
    paste(alice, request_pem())
    [row] = certificates(provider)
    base = f"/realms/demo/account/certificates/{row.id}/files"
    below = pkcs7.load_der_pkcs7_certificates(alice.get(f"{base}/p7b").content)
    whole = x509.load_pem_x509_certificates(alice.get(f"{base}/chain").content)
    assert [c.subject == c.issuer for c in whole] == [False, False, True]
    assert set(below) == set(whole[:2])
    for own, above in pairwise(whole):
        own.verify_directly_issued_by(above)
    assert alice.page.headers["cache-control"] == "no-store"
    assert alice.page.headers["content-disposition"].endswith("-chain.pem")
