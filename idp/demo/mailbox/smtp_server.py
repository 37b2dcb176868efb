"""An SMTP server (RFC 5321) in a thread of its own; for loopback: it takes everything and asks for nothing."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any

from aiosmtpd.smtp import SMTP

_HOSTNAME = "localhost"  # aiosmtpd would otherwise ask the DNS for a name
_IDENT = "Countersign demo mailbox"

Keep = Callable[[str, Sequence[str], bytes], Any]


class SMTPServer:
    """Call *keep* with the envelope's sender, its recipients and the message, for each mail."""

    def __init__(self, keep: Keep, **options: Any) -> None:
        self._keep = keep
        self._options: dict[str, Any] = {"enable_SMTPUTF8": True, "hostname": _HOSTNAME, "ident": _IDENT} | options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-server", daemon=True)
        self._server: asyncio.Server | None = None

    def start(self, host: str, port: int) -> int:
        """Listen; return the port. Raise OSError where it is taken."""
        self._thread.start()
        try:
            self._server = self._run(self._loop.create_server(self._build_session, host, port))
        except BaseException:
            self.stop()
            raise
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def stop(self) -> None:
        """Stop listening, end the sessions that are open, and return when all is done."""
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep the message; what this returns is the answer to the client."""
        await asyncio.to_thread(self._keep, envelope.mail_from or "", envelope.rcpt_tos, envelope.content)
        return "250 2.0.0 Kept"

    def _build_session(self) -> SMTP:
        return SMTP(self, loop=self._loop, **self._options)

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._loop.shutdown_default_executor()
