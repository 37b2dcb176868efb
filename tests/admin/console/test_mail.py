"""The outbox: listed, tried again, dropped; and every mail as people get it."""

import pytest
from sqlalchemy import select

from idp.admin.console.mail_samples import TEMPLATES
from idp.mail.outbox import enqueue, read_content
from idp.models import OutgoingMail
from idp.resources import themes_directory
from tests.admin.console.people import Desk, token_of
from tests.provider import Browser


@pytest.fixture(scope="module")
def browser(desk: Desk) -> Browser:
    return desk.sign_in()


def plant_mail(desk: Desk, recipient: str, *, realm: str = "demo", status: str = "queued") -> str:
    services, clock = desk.provider.services, desk.provider.clock
    with services.database.transaction() as session:
        mail = enqueue(
            session,
            services.cipher,
            clock,
            realm_id=desk.realm(realm).id,
            user_id=None,
            template="login_failed",
            recipient=recipient,
            subject="Secret subject",
            text="https://secret.example/link",
            html="<p>secret</p>",
        )
        mail.status, mail.next_attempt_at = status, clock.now().replace(year=2099)
        return mail.id


def find(desk: Desk, mail_id: str) -> OutgoingMail | None:
    with desk.provider.services.database.transaction() as session:
        row = session.get(OutgoingMail, mail_id)
        if row is not None:
            session.expunge(row)
        return row


def test_mails_are_listed_by_state_and_nobody_reads_them(desk: Desk, browser: Browser) -> None:
    plant_mail(desk, "waiting@example.org")
    plant_mail(desk, "failed@example.org", status="failed")
    waiting, failed = (browser.get(desk.address(f"mail?state={state}")).html for state in ("waiting", "failed"))

    assert "waiting@example.org" in waiting
    assert "failed@example.org" not in waiting
    assert "failed@example.org" in failed
    assert "ecret" not in waiting + failed


def test_waiting_mail_is_tried_again(desk: Desk, browser: Browser) -> None:
    mail_id = plant_mail(desk, "again@example.org")
    token = token_of(browser.get(desk.address("mail")))
    page = browser.post(desk.address("mail"), {"csrf_token": token, "do": "retry", "mail": mail_id, "state": "waiting"})
    mail = find(desk, mail_id)

    assert "tried again now" in page.text
    assert mail is not None
    assert mail.next_attempt_at == desk.provider.clock.now()
    assert desk.events("admin:mail:retry")[-1].details["mails"] == 1


def test_mail_is_dropped_but_not_while_it_is_sent(desk: Desk, browser: Browser) -> None:
    queued, sending = plant_mail(desk, "a@example.org"), plant_mail(desk, "b@example.org", status="sending")
    token = token_of(browser.get(desk.address("mail")))
    for mail_id in (queued, sending):
        browser.post(desk.address("mail"), {"csrf_token": token, "do": "drop", "mail": mail_id, "state": "waiting"})

    assert find(desk, queued) is None
    assert find(desk, sending) is not None


def test_mails_of_another_realm_are_out_of_reach(desk: Desk, browser: Browser) -> None:
    mail_id = plant_mail(desk, "master@example.org", realm="master")
    token = token_of(browser.get(desk.address("mail")))
    for what in ("drop", "retry"):
        page = browser.post(desk.address("mail"), {"csrf_token": token, "do": what, "mail": mail_id, "state": "<b>"})
        assert "Nothing was done" in page.text
    mail = find(desk, mail_id)

    assert mail is not None
    assert mail.next_attempt_at.year == 2099


def test_every_mail_has_a_preview() -> None:
    """A new mail is added to the samples, with whatever it needs."""
    assert set(TEMPLATES) == {
        path.name for path in (themes_directory() / "default" / "email").iterdir() if path.is_dir()
    }


@pytest.mark.parametrize("template", TEMPLATES)
def test_sample_goes_to_whoever_asks_and_to_nobody_else(desk: Desk, browser: Browser, template: str) -> None:
    page = browser.get(desk.address(f"mail/templates/{template}"))
    assert page.status == 200
    page = browser.press("Send it to me", recipient="victim@example.org", email="victim@example.org")
    with desk.provider.services.database.transaction() as session:
        mail = session.scalars(
            select(OutgoingMail).where(OutgoingMail.template == template, OutgoingMail.recipient == "root@example.org")
        ).one()
        content = read_content(mail, desk.provider.services.cipher)

    assert "On its way to root@example.org" in page.text
    assert content.subject == page.title
    assert "alice" in content.text.lower()


def test_unknown_mail_is_not_found(desk: Desk, browser: Browser) -> None:
    for path in ("mail/templates/nothing", "mail/templates/..%2Fbase", "mail/templates/nothing/html"):
        assert browser.get(desk.address(path)).status == 404
