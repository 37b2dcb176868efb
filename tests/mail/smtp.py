"""A real SMTP server for tests, which can be told what to answer."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from idp.demo.mailbox.smtp_server import SMTPServer


class ScriptedServer(SMTPServer):
    """Keep mail in `received`; answer what `recipient_answers` and `data_answers` say, first come, first served."""

    def __init__(self, **options: Any) -> None:
        super().__init__(self._receive, **options)
        self.received: list[tuple[list[str], EmailMessage]] = []
        self.recipient_answers: dict[str, list[str]] = {}
        self.data_answers: list[str] = []
        self.connections = 0
        self._arrived = threading.Condition()

    def wait_for(self, number: int) -> None:
        """Return once *number* mails have arrived; fail after half a minute."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.received) >= number, 30)

    @property
    def subjects(self) -> list[str]:
        """The subjects of all mails, as they came."""
        return [message["Subject"] for _, message in self.received]

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count connections."""
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Answer as told for this address, or take it."""
        if answers := self.recipient_answers.get(address):
            return answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Answer as told, or keep the mail."""
        if self.data_answers:
            return self.data_answers.pop(0)
        return await super().handle_DATA(server, session, envelope)

    def _receive(self, sender: str, recipients: Sequence[str], source: bytes) -> None:
        with self._arrived:
            self.received.append((list(recipients), message_from_bytes(source, policy=default)))
            self._arrived.notify_all()


@contextmanager
def smtp_server(port: int = 0, **options: Any) -> Iterator[tuple[ScriptedServer, int]]:
    """Run a server on loopback; yield it with its port."""
    server = ScriptedServer(**options)
    bound = server.start("127.0.0.1", port)
    try:
        yield server, bound
    finally:
        server.stop()
