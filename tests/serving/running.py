"""Run listeners in a thread, with small applications."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvloop

from idp.serving.bound_server import BoundServer
from idp.serving.listener import serve_together
from idp.web.client_certificate import ClientTLS

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.SelectorEventLoop,
    "uvloop": uvloop.new_event_loop,
}
PATIENCE = 20.0


@contextmanager
def running(*servers: BoundServer, loop: str = "asyncio") -> Iterator[None]:
    """Serve until the block ends; errors of the servers are raised here."""
    ready = threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
                runner.run(serve_together(servers, on_ready=ready.set))
        except BaseException as failure:
            failures.append(failure)
        finally:
            ready.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(PATIENCE)
    try:
        if not failures:
            yield
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(PATIENCE)
    if failures:
        raise failures[0]
    assert not thread.is_alive()


async def report_client(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Answer with what the scope says about the client, as JSON."""
    tls: ClientTLS | None = scope["state"]["tls"]
    report = {
        "leaf": tls and tls.certificate_der and tls.certificate_der.hex(),
        "chain": [certificate.hex() for certificate in tls.chain_der] if tls else None,
        "resumed": tls and tls.resumed,
        "verify_error": tls and tls.verify_error,
        "tls_version": tls and tls.tls_version,
        "peer": scope["state"]["peer"],
        "client": scope["client"],
        "path": scope["path"],
    }
    await answer(send, json.dumps(report).encode())


async def answer(send: Any, body: bytes, *, status: int = 200, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """Send a whole response."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the texts of everything from a warning upwards."""
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def eventually(condition: Callable[[], bool]) -> bool:
    """Ask until the condition holds, for as long as patience lasts."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(0.02)
    return True
