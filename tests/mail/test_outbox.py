"""The outbox: promised in a transaction, claimed by one worker, tried again, wiped at the end."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from idp.encryption import Cipher, DecryptionFailed
from idp.mail.outbox import LEASE, PATIENCE, claim_due, enqueue, mark_failed, mark_sent, put_back, read_content
from idp.models import OutgoingMail
from idp.storage.database import Database
from tests.clock import FixedClock
from tests.mail.conftest import Enqueue

pytestmark = pytest.mark.every_database

Find = Callable[[str], OutgoingMail]


def claim(database: Database, clock: FixedClock, limit: int = 10) -> list[OutgoingMail]:
    """Claim in a transaction of its own."""
    with database.transaction() as session:
        return list(claim_due(session, clock, limit))


def fail(database: Database, clock: FixedClock, mail: OutgoingMail, *, permanent: bool = False) -> bool:
    """Note a failure in a transaction of its own."""
    with database.transaction() as session:
        return mark_failed(session, clock, mail, "421 busy", permanent=permanent)


def test_rolled_back_mail_is_never_due(database: Database, cipher: Cipher, clock: FixedClock, realm_id: str) -> None:
    """What did not happen is not told."""
    values = {"realm_id": realm_id, "user_id": None, "template": "t", "recipient": "a@b"}

    def work() -> None:
        with database.transaction() as session:
            enqueue(session, cipher, clock, **values, subject="s", text="t", html="h")
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()

    assert claim(database, clock) == []


def test_message_is_encrypted_at_rest(put_in_outbox: Enqueue, find_mail: Find, cipher: Cipher) -> None:
    """The links of a mail cannot be read in the database, nor moved to another mail."""
    mail = find_mail(put_in_outbox(text="https://idp/link?token=secret ä€"))
    other = find_mail(put_in_outbox())

    assert b"secret" not in (mail.message_encrypted or b"")
    assert read_content(mail, cipher).text == "https://idp/link?token=secret ä€"
    other.message_encrypted = mail.message_encrypted
    with pytest.raises(DecryptionFailed):
        read_content(other, cipher)


def test_claimed_mail_is_not_claimed_again(database: Database, clock: FixedClock, put_in_outbox: Enqueue) -> None:
    """As long as the lease runs, a mail belongs to one worker."""
    mail_id = put_in_outbox()

    assert [mail.id for mail in claim(database, clock)] == [mail_id]
    assert claim(database, clock) == []


def test_mail_of_a_dead_worker_is_due_again(database: Database, clock: FixedClock, put_in_outbox: Enqueue) -> None:
    """When the lease has run out, another worker sends the mail."""
    mail_id = put_in_outbox()
    claim(database, clock)
    clock.advance(LEASE)

    assert [mail.id for mail in claim(database, clock)] == [mail_id]


def test_oldest_mail_is_claimed_first(database: Database, clock: FixedClock, put_in_outbox: Enqueue) -> None:
    """Mails go out in the order in which they were promised, as many as asked for."""
    ids = []
    for _ in range(3):
        ids.append(put_in_outbox())
        clock.advance(seconds=1)

    assert [mail.id for mail in claim(database, clock, 2)] == ids[:2]
    assert [mail.id for mail in claim(database, clock, 2)] == ids[2:]


def test_workers_claim_different_mails(database: Database, clock: FixedClock, put_in_outbox: Enqueue) -> None:
    """Of many workers no two get the same mail, and together they get all."""
    ids = {put_in_outbox() for _ in range(40)}
    barrier = threading.Barrier(5)

    def work(_: int) -> list[str]:
        barrier.wait()
        claimed: list[str] = []
        while mails := claim(database, clock, 3):
            claimed += [mail.id for mail in mails]
        return claimed

    with ThreadPoolExecutor(5) as threads:
        claimed = [mail_id for part in threads.map(work, range(5)) for mail_id in part]

    assert len(claimed) == len(ids)
    assert set(claimed) == ids


def test_processes_claim_different_mails(database_url: str, clock: FixedClock, put_in_outbox: Enqueue) -> None:
    """The same between processes."""
    ids = sorted(put_in_outbox() for _ in range(20))
    program = (
        "import json, sys; from idp.storage.database import Database; from idp.mail.outbox import claim_due\n"
        "from tests.clock import FixedClock\n"
        "database, claimed = Database(sys.argv[1]), []\n"
        "while True:\n"
        "    with database.transaction() as session:\n"
        "        mails = claim_due(session, FixedClock(), 1)\n"
        "    if not mails: break\n"
        "    claimed.append(mails[0].id)\n"
        "print(json.dumps(claimed))"
    )
    command = [sys.executable, "-c", program, database_url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    results = [json.loads(process.communicate(timeout=60)[0]) for process in processes]

    assert sorted(mail_id for result in results for mail_id in result) == ids


def test_sent_mail_is_wiped_and_never_due_again(
    database: Database, clock: FixedClock, put_in_outbox: Enqueue, find_mail: Find
) -> None:
    """What is left is the fact that it was sent."""
    put_in_outbox()
    (mail,) = claim(database, clock)
    with database.transaction() as session:
        mark_sent(session, clock, mail)
    row = find_mail(mail.id)

    assert (row.status, row.sent_at, row.message_encrypted) == ("sent", clock.now(), None)
    clock.advance(days=30)
    assert claim(database, clock) == []


def test_failures_are_tried_again_ever_more_slowly(
    database: Database, clock: FixedClock, put_in_outbox: Enqueue, find_mail: Find
) -> None:
    """10 s, 20 s, 40 s … and never more than an hour."""
    mail_id = put_in_outbox()
    delays = []
    for _ in range(11):
        (mail,) = claim(database, clock)
        assert not fail(database, clock, mail)
        delay = find_mail(mail_id).next_attempt_at - clock.now()
        delays.append(delay.total_seconds())
        clock.advance(delay - timedelta(seconds=1))
        assert claim(database, clock) == []
        clock.advance(seconds=1)

    assert delays == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
    assert find_mail(mail_id).last_error == "421 busy"


def test_mail_is_given_up_after_three_days(
    database: Database, clock: FixedClock, put_in_outbox: Enqueue, find_mail: Find
) -> None:
    """Nobody waits for it any more; its links are wiped."""
    mail_id = put_in_outbox()
    clock.advance(PATIENCE - timedelta(seconds=10))
    (mail,) = claim(database, clock)
    assert not fail(database, clock, mail)
    clock.advance(seconds=10)
    (mail,) = claim(database, clock)

    assert fail(database, clock, mail)
    row = find_mail(mail_id)
    assert (row.status, row.message_encrypted, row.attempts) == ("failed", None, 2)


def test_permanent_failure_is_given_up_at_once(
    database: Database, clock: FixedClock, put_in_outbox: Enqueue, find_mail: Find
) -> None:
    """No such mailbox: there is nothing to wait for."""
    put_in_outbox()
    (mail,) = claim(database, clock)

    assert fail(database, clock, mail, permanent=True)
    assert find_mail(mail.id).status == "failed"


def test_mail_put_back_is_due_and_has_not_failed(
    database: Database, clock: FixedClock, put_in_outbox: Enqueue, find_mail: Find
) -> None:
    """That no server answers is not the mail's fault, for three days."""
    put_in_outbox()
    (mail,) = claim(database, clock)
    with database.transaction() as session:
        assert not put_back(session, clock, mail, "connection refused")

    (mail,) = claim(database, clock)
    assert mail.attempts == 0
    clock.advance(PATIENCE)
    with database.transaction() as session:
        assert put_back(session, clock, mail, "connection refused")
    assert find_mail(mail.id).message_encrypted is None


def test_long_error_is_cut(database: Database, clock: FixedClock, put_in_outbox: Enqueue, find_mail: Find) -> None:
    """A server that writes a novel does not fill the table."""
    put_in_outbox()
    (mail,) = claim(database, clock)
    with database.transaction() as session:
        mark_failed(session, clock, mail, "x" * 10_000)

    assert len(find_mail(mail.id).last_error or "") == 500
