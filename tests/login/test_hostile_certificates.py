"""Certificates that were made to be misread, at the certificate host and on the pages: the reason is told, and nothing is played on the reader."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from idp.events.tags import Tag
from idp.models import Event
from idp.pki.rejections import Reason
from idp.pki.trust import build_trust_store
from idp.web.client_certificate import ClientTLS
from tests.login.test_certificate import reasons, sessions_of
from tests.pki.hostile import CASES, NAMES, Bench, each
from tests.provider import Browser, Provider, enable_two_factor, open_dashboard, run_provider, sign_in

pytestmark = [
    pytest.mark.filterwarnings("ignore:Parsed a serial number"),
    pytest.mark.filterwarnings("ignore:Attribute's length must be"),
]
TITLES = {
    Reason.UNKNOWN: "This certificate is not known here",
    Reason.MALFORMED: "The certificate could not be read",
    Reason.UNTRUSTED_ISSUER: "This certificate is not from here",
    Reason.EXPIRED: "Your certificate has expired",
    Reason.NOT_YET_VALID: "Your certificate is not valid yet",
    Reason.WRONG_USAGE: "This certificate is not for signing in",
    Reason.WEAK_KEY: "This certificate’s key is too weak",
}
# Control, direction and other characters that nobody sees; line ends and tabs are the template's own.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    """A provider at the real present, in which people may try as often as they like."""
    with run_provider(database_url, tmp_path) as running:
        running.clock.advance(datetime.now(UTC) - running.clock.now())
        running.set_realm(max_login_failures=1_000_000)
        yield running


@pytest.fixture
def owner(provider: Provider) -> Browser:
    """Alice at her dashboard, who from now on needs her certificate."""
    browser = provider.browser()
    open_dashboard(browser)
    enable_two_factor(browser)
    return browser


def trust_bench(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Have the realm trust authorities whose keys the test has."""
    bench = Bench.create()
    authorities = (bench.issuing.certificate, bench.rsa_issuing.certificate)
    store = build_trust_store(provider.user().realm_id, (bench.root.certificate,), authorities)
    monkeypatch.setattr(provider.services.trust, "get", lambda _realm_id: store)
    return bench


def present(browser: Browser, der: bytes) -> None:
    """Show a certificate at the step that the browser is at."""
    browser.certificate = der
    browser.press("Continue with certificate" if browser.has("Continue with certificate") else "Try again")


@pytest.mark.usefixtures("owner")
def test_each_has_its_page_its_event_and_no_session(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it is: 403 with the reason, never an error of ours, and nobody is signed in by it."""
    bench, browser = trust_bench(provider, monkeypatch), provider.browser()
    before = sessions_of(provider, ["pwd", "x509"])
    sign_in(browser)
    told = {}
    for name, der, expected in each(bench):
        present(browser, der)
        told[name] = (browser.page.status, browser.page.title, expected or Reason.UNKNOWN)

    assert {name: (403, TITLES[reason]) for name, (_, _, reason) in told.items()} == {
        name: (status, title) for name, (status, title, _) in told.items()
    }
    assert sorted(reasons(provider)) == sorted(reason for _, _, reason in told.values())
    with provider.services.database.transaction() as session:
        assert session.query(Event).filter_by(tag=Tag.CERTIFICATE_ACCEPTED).count() == 0
    assert sessions_of(provider, ["pwd", "x509"]) == before
    assert len(told) == len(CASES)


def test_names_play_no_tricks_on_readers(provider: Provider, owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the page, in the dashboard's list of what happened, in the events and in the mail."""
    bench, browser = trust_bench(provider, monkeypatch), provider.browser()
    sign_in(browser)
    for build, reason in NAMES.values():
        present(browser, build(bench))
        assert "<script>" not in browser.page.html
        assert not hidden(browser.page.html), browser.page.text
        assert len(browser.page.html) < 40_000
        assert reason or "The certificate your browser sent" in browser.page.text
    with provider.services.database.transaction() as session:
        details = [str(row.details) for row in session.query(Event).filter_by(tag="certificate:login:failure").all()]
    assert not any(hidden(text) for text in details)
    assert max(map(len, details)) < 4000
    page = owner.get("/realms/demo/account/activity")
    assert (page.status, hidden(page.html)) == (200, [])
    assert "failed" in page.text
    assert not any(hidden(mail) or re.search("(?m)^Bcc:", mail) for mail in provider.mails())


def hidden(text: str) -> list[str]:
    """Return what of *text* cannot be seen, or leads the eye astray."""
    return [
        character for character in text if unicodedata.category(character) in _INVISIBLE and character not in "\n\t"
    ]


@pytest.mark.usefixtures("owner")
def test_chain_that_is_too_long_is_told(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything of it is read."""
    bench, browser = trust_bench(provider, monkeypatch), provider.browser()
    leaf = bench.issuing.issue("alice").der
    sign_in(browser)
    for number, reason in ((10, Reason.UNKNOWN), (11, Reason.MALFORMED), (100, Reason.MALFORMED)):
        browser.tls = ClientTLS(leaf, (leaf,) * number, False, None, "TLSv1.3")
        present(browser, leaf)
        assert browser.page.title == TITLES[reason]
