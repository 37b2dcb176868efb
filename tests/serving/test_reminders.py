"""People are told in time that a certificate ends: once for each of four times, and only where it matters."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idp.models import Certificate, Event, User
from idp.notices.reminders import TEMPLATE
from idp.serving.housekeeping import sweep
from idp.serving.reminders import send_reminders
from tests.foreign import BY_MAIL, Cards
from tests.provider import Provider, enrol, open_dashboard, run_provider, sign_in

DAY = 86400


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    with run_provider(database_url, tmp_path) as provider:
        yield provider


def get_certificate(provider: Provider, *, days: int = 365, name: str = "Laptop") -> None:
    """Have alice enrol for a certificate that ends after *days*."""
    provider.set_realm(certificate_lifetime=days * DAY)
    browser = provider.browser()
    open_dashboard(browser)
    enrol(browser, name=name)


def remind_at(provider: Provider, days_left: float) -> int:
    """Sweep when so many days are left of the only certificate; return how many reminders there are by then."""
    with provider.services.database.transaction() as session:
        end = max(row.not_after for row in session.query(Certificate))
    provider.clock.advance(seconds=int((end - provider.clock.now()).total_seconds() - days_left * DAY))
    sweep(provider.services)
    return len(provider.mails(TEMPLATE))


@pytest.mark.every_database
def test_four_reminders_and_no_more(provider: Provider) -> None:
    get_certificate(provider)
    assert [remind_at(provider, left) for left in (31, 29.5, 29, 13.5, 13, 6.5, 2, 0.5, 0.4, -1)] == [
        0, 1, 1, 2, 2, 3, 3, 4, 4, 4,
    ]  # fmt: skip
    texts = provider.mails(TEMPLATE)
    assert "ends in 30 days" in texts[0]
    assert "ends within a day" in texts[3]
    with provider.services.database.transaction() as session:
        certificate_id = session.query(Certificate).one().id
        assert f"http://localhost:8080/realms/demo/account/certificates/{certificate_id}/renew" in texts[0]
        queued = [event for event in session.query(Event) if event.details.get("template") == TEMPLATE]
        serial_number = session.query(Certificate).one().serial_number
        assert {event.details["serial_number"] for event in queued} == {serial_number}


def test_certificate_of_others_is_renewed_elsewhere(provider: Provider) -> None:
    """The mail says who issues it, and offers no renewal here."""
    cards = Cards(provider)
    cards.trust(**BY_MAIL)
    browser = provider.browser(cards.issue().der)
    sign_in(browser, client_id="strict")
    browser.press("Continue with certificate")

    assert remind_at(provider, 6) == 1
    (text,) = provider.mails(TEMPLATE)
    assert "Your organisation issues it" in text
    assert "CN=Cards" in text
    assert "/enrol" not in text


def test_of_times_that_went_by_the_last_counts(provider: Provider) -> None:
    """After a stop of some weeks nobody gets three mails at once."""
    get_certificate(provider)
    assert remind_at(provider, 5) == 1
    assert "ends in 5 days" in provider.mails(TEMPLATE)[0]


def test_short_lived_certificate_is_not_near_its_end_at_once(provider: Provider) -> None:
    get_certificate(provider, days=5)
    assert [remind_at(provider, left) for left in (4.9, 3, 0.9)] == [0, 0, 1]


@pytest.mark.parametrize("why", ["revoked", "disabled", "no address", "off"])
def test_who_need_not_or_cannot_be_reminded_is_not(provider: Provider, why: str) -> None:
    get_certificate(provider)
    with provider.services.database.transaction() as session:
        if why == "revoked":
            session.query(Certificate).one().revoked_at = provider.clock.now()
        for user in session.query(User):
            user.enabled = why != "disabled"
            user.email = None if why == "no address" else user.email
    if why == "off":
        provider.set_realm(certificate_policy="off")
    assert remind_at(provider, 20) == 0


def test_replaced_certificate_is_not_reminded_of(provider: Provider) -> None:
    """The new one for the same device is, when its own time comes; another device's does not replace it."""
    get_certificate(provider)
    get_certificate(provider, name="Phone", days=366)
    provider.clock.advance(days=340)
    sweep(provider.services)
    assert len(provider.mails(TEMPLATE)) == 2
    get_certificate(provider)
    provider.clock.advance(days=20)
    sweep(provider.services)
    texts = provider.mails(TEMPLATE)
    assert len(texts) == 3
    assert "Phone" in texts[2]


def test_where_nothing_can_be_renewed_the_way_leads_to_a_new_certificate(provider: Provider) -> None:
    """The realm renews nothing, or not yet."""
    get_certificate(provider)
    provider.set_realm(certificate_renewal_window=0)
    assert remind_at(provider, 29) == 1
    assert "/account/two-factor/enrol" in provider.mails(TEMPLATE)[0]


def test_renewed_certificate_is_reminded_of_until_the_new_one_was_shown(provider: Provider) -> None:
    """A file that was never installed does not help anybody; under another name it replaces as well."""
    get_certificate(provider)
    assert remind_at(provider, 29) == 1
    get_certificate(provider)
    with provider.services.database.transaction() as session:
        old, new = session.query(Certificate).order_by(Certificate.created_at)
        new.replaces_id, new.device_name, end = old.id, "Other", old.not_after
    provider.clock.advance(seconds=int((end - provider.clock.now()).total_seconds()) - 13 * DAY)
    sweep(provider.services)
    assert len(provider.mails(TEMPLATE)) == 2
    with provider.services.database.transaction() as session:
        old, new = session.query(Certificate).order_by(Certificate.created_at)
        new.proven_at, old.superseded_at = provider.clock.now(), end
    provider.clock.advance(days=7)
    sweep(provider.services)
    assert len(provider.mails(TEMPLATE)) == 2


@pytest.mark.every_database
def test_two_workers_send_one_mail(provider: Provider) -> None:
    get_certificate(provider)
    provider.clock.advance(days=340)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send_reminders, [provider.services] * 4))
    assert len(provider.mails(TEMPLATE)) == 1
