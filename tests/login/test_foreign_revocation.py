"""Signing in with cards whose authority says by its lists, from a real server, which of them are revoked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from idp.models import Event
from idp.serving.foreign_revocation import ForeignRevocationWorker
from tests.certificates import Issued
from tests.foreign import BY_MAIL, Cards
from tests.provider import CALLBACK, Page, Provider, run_provider, sign_in
from tests.revocation_lists import build_list
from tests.web_server import Reply, WebServer, web_server


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as web:
        yield web


@pytest.fixture
def provider(database_url: str, tmp_path: Path, web: WebServer) -> Iterator[Provider]:
    with run_provider(database_url, tmp_path, fetch_allowed_hosts=(web.authority,)) as provider:
        yield provider


@pytest.fixture
def cards(provider: Provider) -> Cards:
    cards = Cards(provider)
    provider.clock.advance(datetime.now(UTC) - provider.clock.now())
    return cards


def publish(web: WebServer, cards: Cards, *revoked: Issued, number: int = 1) -> dict[str, Any]:
    """Let the server answer with new lists of both authorities; return the anchor's settings."""
    serials = [one.certificate.serial_number for one in revoked]
    web.replies["/root.crl"] = Reply(build_list(cards.root, number=number))
    web.replies["/cards.crl"] = Reply(build_list(cards.issuing, serials, number=number))
    return {"revocation": {"method": "crl", "crl_urls": [web.url("/root.crl"), web.url("/cards.crl")]}}


def present(provider: Provider, card: Issued) -> Page:
    browser = provider.browser(card.der)
    sign_in(browser, client_id="strict")
    return browser.press("Continue with certificate")


def revocation_of_logins(provider: Provider) -> list[str]:
    with provider.services.database.transaction() as session:
        rows = session.query(Event).filter_by(tag="certificate:login:success").order_by(Event.at)
        return [row.details["revocation"] for row in rows]


@pytest.mark.every_database
def test_revoked_card_signs_in_until_its_authority_says_so(provider: Provider, cards: Cards, web: WebServer) -> None:
    """The first login fetches a small list by itself; the worker learns of the next one."""
    card = cards.issue()
    cards.trust(**BY_MAIL, **publish(web, cards))
    assert present(provider, card).url.startswith(CALLBACK)
    assert revocation_of_logins(provider) == ["checked"]

    publish(web, cards, card, number=2)
    provider.clock.advance(hours=13)
    worker = ForeignRevocationWorker(provider.services)
    worker.turn()
    while worker.busy:
        worker.wait()
    page = present(provider, card)

    assert (page.status, page.title) == (403, "This certificate has been revoked")


def test_silent_authority_keeps_people_out_and_says_so(provider: Provider, cards: Cards) -> None:
    """Fail closed: the page asks to try again later, and counts nothing against the card."""
    settings = {"revocation": {"method": "crl", "crl_urls": ["http://localhost:9/list.crl"]}}
    cards.trust(**BY_MAIL, **settings)
    page = present(provider, cards.issue())

    assert page.status == 403
    assert "again" in page.text
    assert revocation_of_logins(provider) == []


def test_silent_authority_by_choice_lets_people_in_with_a_mark(provider: Provider, cards: Cards) -> None:
    cards.trust(**BY_MAIL, revocation={"method": "crl", "fail_open": True})

    assert present(provider, cards.issue()).url.startswith(CALLBACK)
    assert revocation_of_logins(provider) == ["failed_open"]


def test_revoked_card_does_not_count_where_silence_would(provider: Provider, cards: Cards, web: WebServer) -> None:
    card = cards.issue()
    settings = publish(web, cards, card)
    cards.trust(**BY_MAIL, revocation={**settings["revocation"], "fail_open": True})

    assert present(provider, card).status == 403
