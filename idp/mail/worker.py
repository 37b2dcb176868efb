"""The thread that sends what is in the outbox; any number of processes may run one."""

import threading
from collections.abc import Callable
from contextlib import ExitStack

import structlog
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.encryption import Cipher, DecryptionFailed
from idp.mail.message import MessageRefused, build_message
from idp.mail.outbox import claim_due, mark_failed, mark_sent, put_back, read_content
from idp.mail.transport import DeliveryFailed, SMTPConnection, SMTPTransport, TransportUnavailable
from idp.models import OutgoingMail
from idp.storage.database import Database

_POLL_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 60.0
_log = structlog.get_logger(__name__)

OnEvent = Callable[[Session, OutgoingMail, str], None]


class MailWorker:
    """Send due mails until stopped.

    *on_event* is called as ``on_event(session, mail, outcome)`` in the transaction that notes a final outcome:
    ``sent`` or ``failed``.
    """

    def __init__(
        self, database: Database, cipher: Cipher, clock: Clock, transport: SMTPTransport, on_event: OnEvent
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._clock = clock
        self._transport = transport
        self._on_event = on_event
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mail", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Look for due mails now instead of within two seconds."""
        self._wake.set()

    def stop(self, timeout: float | None = 30) -> None:
        """Finish the mail in hand and end; wait for that at most *timeout* seconds."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def send_due(self) -> int:
        """Send all mails that are due, over one connection; return how many. Raise `TransportUnavailable`."""
        sent = 0
        with ExitStack() as stack:
            connection: SMTPConnection | None = None
            while not self._stopping.is_set() and (mail := self._claim()):
                if connection is None or not connection.open:
                    connection = self._connect(stack, mail)
                sent += self._send(connection, mail)
        return sent

    def _run(self) -> None:
        pause = _POLL_SECONDS
        while not self._stopping.is_set():
            try:
                self.send_due()
                pause = _POLL_SECONDS
            except TransportUnavailable as error:
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                _log.warning("mail_server_unavailable", error=str(error), next_try_in=pause)
            except Exception as error:  # the database may be away: the thread outlives that
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                _log.error("mail_worker_failed", error=type(error).__name__, next_try_in=pause)
            self._wake.wait(pause)
            self._wake.clear()

    def _claim(self) -> OutgoingMail | None:
        # One at a time: a claim's lease must not run out while other mails of the same claim are sent.
        with self._database.transaction() as session:
            mails = claim_due(session, self._clock, 1)
        return mails[0] if mails else None

    def _connect(self, stack: ExitStack, mail: OutgoingMail) -> SMTPConnection:
        try:
            return stack.enter_context(self._transport.connect())
        except TransportUnavailable as error:
            with self._database.transaction() as session:
                if put_back(session, self._clock, mail, str(error)):
                    self._on_event(session, mail, "failed")
            raise

    def _send(self, connection: SMTPConnection, mail: OutgoingMail) -> bool:
        try:
            content = read_content(mail, self._cipher)
            message = build_message(
                sender=self._transport.sender,
                recipient=mail.recipient,
                subject=content.subject,
                text=content.text,
                html=content.html,
                mail_id=mail.id,
                date=mail.created_at,
            )
            connection.send(message)
        except (DeliveryFailed, MessageRefused, DecryptionFailed) as error:
            self._note_failure(mail, error)
            return False
        self._note_sent(mail)
        return True

    def _note_sent(self, mail: OutgoingMail) -> None:
        with self._database.transaction() as session:
            mark_sent(session, self._clock, mail)
            self._on_event(session, mail, "sent")
        _log.info("mail_sent", mail_id=mail.id, template=mail.template)

    def _note_failure(self, mail: OutgoingMail, error: DeliveryFailed | MessageRefused | DecryptionFailed) -> None:
        # Not for want of the right master key: that can be set right.
        permanent = error.permanent if isinstance(error, DeliveryFailed) else isinstance(error, MessageRefused)
        with self._database.transaction() as session:
            given_up = mark_failed(session, self._clock, mail, str(error), permanent=permanent)
            if given_up:
                self._on_event(session, mail, "failed")
        _log.warning("mail_not_sent", mail_id=mail.id, template=mail.template, error=str(error), given_up=given_up)
