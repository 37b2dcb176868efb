"""The worker, with a real SMTP server that comes, goes and refuses."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from idp.encryption import Cipher
from idp.mail.outbox import LEASE
from idp.mail.transport import SMTPTransport, TransportUnavailable
from idp.mail.worker import MailWorker
from idp.models import OutgoingMail
from idp.storage.database import Database
from tests.clock import FixedClock
from tests.mail.conftest import Enqueue
from tests.mail.smtp import ScriptedServer, smtp_server

FROM = "Countersign <no-reply@localhost>"
Find = Callable[[str], OutgoingMail]


class Bench:
    """Workers on one outbox, and what they reported."""

    def __init__(self, database: Database, cipher: Cipher, clock: FixedClock) -> None:
        self._parts = (database, cipher, clock)
        self.outcomes: list[tuple[str, str]] = []
        self._workers: list[MailWorker] = []

    def build(self, port: int) -> MailWorker:
        """A worker that sends to *port* on loopback."""
        transport = SMTPTransport(f"smtp://127.0.0.1:{port}", FROM)
        worker = MailWorker(*self._parts, transport, self._note)
        self._workers.append(worker)
        return worker

    def stop(self) -> None:
        """Stop all workers."""
        for worker in self._workers:
            worker.stop()

    def _note(self, _session: Session, mail: OutgoingMail, outcome: str) -> None:
        self.outcomes.append((mail.id, outcome))


@pytest.fixture
def bench(database: Database, cipher: Cipher, clock: FixedClock) -> Iterator[Bench]:
    """No workers yet."""
    bench = Bench(database, cipher, clock)
    yield bench
    bench.stop()


@pytest.fixture
def worker(bench: Bench, running_server: tuple[ScriptedServer, int]) -> MailWorker:
    """A worker for the running server, not started."""
    return bench.build(running_server[1])


@pytest.mark.every_database
def test_queued_mail_is_sent_and_wiped(
    bench: Bench, worker: MailWorker, server: ScriptedServer, put_in_outbox: Enqueue, find_mail: Find
) -> None:
    """The whole way: queue, worker, SMTP, and the row that is left."""
    mail_id = put_in_outbox("Grüße", text="hällo")
    worker.start()
    server.wait_for(1)
    worker.stop()

    recipients, message = server.received[0]
    assert recipients == ["alice@example.org"]
    assert message["Message-ID"] == f"<{mail_id}@localhost>"
    assert message.get_body(("plain",)).get_content().strip() == "hällo"
    assert (find_mail(mail_id).status, find_mail(mail_id).message_encrypted) == ("sent", None)
    assert bench.outcomes == [(mail_id, "sent")]


def test_several_mails_go_over_one_connection(
    worker: MailWorker, server: ScriptedServer, put_in_outbox: Enqueue
) -> None:
    """A connection is used for all that is due."""
    for _ in range(5):
        put_in_outbox()

    assert worker.send_due() == 5
    assert server.connections == 1


def test_mail_waits_for_an_absent_server_and_is_sent_once(
    bench: Bench, put_in_outbox: Enqueue, find_mail: Find
) -> None:
    """With the server down nothing is lost; when it comes up, each mail goes out once."""
    ids = [put_in_outbox(subject) for subject in ("one", "two")]
    port = free_port()
    worker = bench.build(port)
    with pytest.raises(TransportUnavailable):
        worker.send_due()
    assert [find_mail(mail_id).status for mail_id in ids] == ["queued", "queued"]

    worker.start()
    with smtp_server(port) as (server, _):
        worker.wake()
        server.wait_for(2)
        worker.wake()
        worker.stop()

        assert sorted(server.subjects) == ["one", "two"]
    assert sorted(bench.outcomes) == sorted((mail_id, "sent") for mail_id in ids)


def test_temporary_refusal_is_tried_again(
    worker: MailWorker, server: ScriptedServer, clock: FixedClock, put_in_outbox: Enqueue, find_mail: Find
) -> None:
    """4yz: later."""
    server.recipient_answers["alice@example.org"] = ["450 4.2.0 greylisted"]
    mail_id = put_in_outbox()
    assert worker.send_due() == 0
    assert find_mail(mail_id).last_error == "450 4.2.0 greylisted"

    clock.advance(seconds=10)
    assert worker.send_due() == 1


def test_permanent_refusal_ends_a_mail(
    bench: Bench, worker: MailWorker, server: ScriptedServer, put_in_outbox: Enqueue, find_mail: Find
) -> None:
    """5yz: never; the message is wiped and the failure reported."""
    server.recipient_answers["alice@example.org"] = ["550 5.1.1 no such user"]
    mail_id = put_in_outbox()
    worker.send_due()

    assert (find_mail(mail_id).status, find_mail(mail_id).message_encrypted) == ("failed", None)
    assert bench.outcomes == [(mail_id, "failed")]


@pytest.mark.parametrize("poison", ["nobody", "a@b\r\nBcc: eve@evil.example", "a@b, eve@evil.example"])
def test_poisoned_mail_does_not_hold_the_others_up(
    bench: Bench, worker: MailWorker, server: ScriptedServer, clock: FixedClock, put_in_outbox: Enqueue, poison: str
) -> None:
    """A recipient that is none ends that mail; what came after it goes out, and nobody else gets a copy."""
    poisoned = put_in_outbox("poison", poison)
    clock.advance(seconds=1)
    put_in_outbox("good")

    assert worker.send_due() == 1
    assert [(recipients, message["Subject"]) for recipients, message in server.received] == [
        (["alice@example.org"], "good")
    ]
    assert (poisoned, "failed") in bench.outcomes


def test_server_that_hangs_up_on_one_mail_gets_the_others(
    worker: MailWorker, server: ScriptedServer, clock: FixedClock, put_in_outbox: Enqueue, find_mail: Find
) -> None:
    """After a lost connection the worker connects again."""
    server.recipient_answers["eve@example.org"] = ["421 4.7.0 goodbye"]
    hung_up = put_in_outbox("one", "eve@example.org")
    clock.advance(seconds=1)
    put_in_outbox("two")

    assert worker.send_due() == 1
    assert server.connections == 2
    assert find_mail(hung_up).status == "queued"


@pytest.mark.every_database
def test_two_workers_send_each_mail_once(
    bench: Bench, running_server: tuple[ScriptedServer, int], put_in_outbox: Enqueue
) -> None:
    """Several processes may run a worker each."""
    server, port = running_server
    subjects = [f"mail {number}" for number in range(30)]
    for subject in subjects:
        put_in_outbox(subject)
    for _ in range(2):
        bench.build(port).start()
    server.wait_for(30)
    bench.stop()

    assert sorted(server.subjects) == sorted(subjects)


def test_mail_of_another_master_key_waits(
    database: Database,
    clock: FixedClock,
    running_server: tuple[ScriptedServer, int],
    put_in_outbox: Enqueue,
    find_mail: Find,
) -> None:
    """A wrong key can be set right, so nothing is wiped."""
    mail_id = put_in_outbox()
    bench = Bench(database, Cipher(os.urandom(32)), clock)

    assert bench.build(running_server[1]).send_due() == 0
    assert find_mail(mail_id).status == "queued"
    assert find_mail(mail_id).message_encrypted is not None


def test_log_holds_neither_message_nor_recipient(
    worker: MailWorker, server: ScriptedServer, put_in_outbox: Enqueue
) -> None:
    """A log line names the mail by its id and template."""
    put_in_outbox("subject-secret", text="text-secret", html="html-secret")
    with capture_logs() as lines:
        worker.send_due()

    assert [line["event"] for line in lines] == ["mail_sent"]
    assert "secret" not in str(lines)
    assert "alice" not in str(lines)


def test_worker_outlives_an_absent_database(bench: Bench, worker: MailWorker, database: Database) -> None:
    """An error of any kind is logged, and the thread goes on."""
    calls: list[int] = []

    def fail() -> int:
        calls.append(1)
        worker.wake()
        if len(calls) == 3:
            worker._stopping.set()
        raise RuntimeError("database away, password=hunter2")

    worker.send_due = fail  # type: ignore[method-assign]
    with capture_logs() as lines:
        worker.start()
        worker._thread.join(10)

    assert len(calls) == 3
    assert {line["error"] for line in lines} == {"RuntimeError"}


KILLED_MIDWAY = """
import os, signal, sys
from idp.encryption import Cipher
from idp.mail.transport import SMTPConnection, SMTPTransport
from idp.mail.worker import MailWorker
from idp.storage.database import Database
from tests.clock import FixedClock

url, key, port, when = sys.argv[1:]
send = SMTPConnection.send

def send_and_die(connection, message):
    if when == "after":
        send(connection, message)
    os.kill(os.getpid(), signal.SIGKILL)

SMTPConnection.send = send_and_die
transport = SMTPTransport(f"smtp://127.0.0.1:{port}", "a@localhost")
MailWorker(Database(url), Cipher(bytes.fromhex(key)), FixedClock(), transport, lambda *_: None).send_due()
"""


@pytest.mark.every_database
@pytest.mark.parametrize("when", ["before", "after"])
def test_mail_of_a_killed_worker_is_sent_at_least_once(
    bench: Bench, database_url: str, master_key: bytes, clock: FixedClock, when: str,
    running_server: tuple[ScriptedServer, int], put_in_outbox: Enqueue,
) -> None:  # fmt: skip
    """Killed before the server had it: sent later. Killed after: sent again, under the same Message-ID."""
    server, port = running_server
    put_in_outbox()
    command = [sys.executable, "-c", KILLED_MIDWAY, database_url, master_key.hex(), str(port), when]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL

    restarted = bench.build(port)
    assert restarted.send_due() == 0
    clock.advance(LEASE)
    assert restarted.send_due() == 1

    ids = {message["Message-ID"] for _, message in server.received}
    assert (len(server.received), len(ids)) == ({"before": 1, "after": 2}[when], 1)


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: Any = listener.getsockname()[1]
        return int(port)
