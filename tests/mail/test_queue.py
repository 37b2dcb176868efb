"""The outbox as administrators see it, on both databases."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from idp.mail.outbox import claim_due, mark_failed
from idp.mail.queue import describe_queue, drop_mails, list_mails, retry_mails
from idp.models import OutgoingMail
from idp.storage.database import Database
from idp.storage.keyset import Position
from tests.clock import FixedClock
from tests.mail.conftest import Enqueue

pytestmark = pytest.mark.every_database


def test_state_and_pages(database: Database, clock: FixedClock, realm_id: str, put_in_outbox: Enqueue) -> None:
    begin = clock.now()
    ids = []
    for _ in range(5):
        ids.append(put_in_outbox())
        clock.advance(timedelta(seconds=1))
    with database.transaction() as session:
        state = describe_queue(session, realm_id)
        first = list_mails(session, realm_id, "waiting", limit=3)
        position = Position(first[-1].created_at, first[-1].id)
        rest = list_mails(session, realm_id, "waiting", older_than=position, limit=3)
        elsewhere = describe_queue(session, "other")

    assert (state.waiting, state.failed, state.oldest) == (5, 0, begin)
    assert [mail.id for mail in [*first, *rest]] == ids[::-1]
    assert (elsewhere.waiting, elsewhere.oldest) == (0, None)


def test_retry_makes_due_what_waits(
    database: Database,
    clock: FixedClock,
    realm_id: str,
    put_in_outbox: Enqueue,
    find_mail: Callable[[str], OutgoingMail],
) -> None:
    """But not what is being sent: two workers would send it twice."""
    waiting = put_in_outbox()
    with database.transaction() as session:
        (mail,) = claim_due(session, clock, 1)
        assert retry_mails(session, clock, realm_id, [waiting]) == 0
        assert drop_mails(session, realm_id, [waiting]) == []
        mark_failed(session, clock, mail, "421 later")
    assert find_mail(waiting).next_attempt_at > clock.now()
    with database.transaction() as session:
        assert retry_mails(session, clock, "other", [waiting]) == 0
        assert retry_mails(session, clock, realm_id, [waiting]) == 1
    assert find_mail(waiting).next_attempt_at == clock.now()


def test_drop_takes_it_out(database: Database, realm_id: str, put_in_outbox: Enqueue) -> None:
    mail_id = put_in_outbox()
    with database.transaction() as session:
        assert drop_mails(session, "other", [mail_id]) == []
        assert drop_mails(session, realm_id, [mail_id, "x"]) == ["login_failed"]
        assert session.get(OutgoingMail, mail_id) is None
