"""Build the listeners, and run several of them in one process."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import uvicorn

from idp.serving.bound_server import HANDSHAKE_TIMEOUT, BoundServer, bind_all
from idp.serving.connection_protocol import ConnectionProtocol
from idp.serving.server_certificate import ServerCertificateFiles
from idp.serving.stop_signals import stop_signals
from idp.serving.tls_context import Authorities, CertificateListenerContext

Application = Callable[..., Any]

GRACEFUL_SHUTDOWN_TIMEOUT = 5
FORCED_SHUTDOWN_TIMEOUT = 2.0


def build_certificate_server(
    app: Application,
    *,
    host: str,
    port: int,
    certificate_file: Path,
    key_file: Path,
    ca_names: Authorities,
    minimum_version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    open_host: str | None = None,
    lifespan: Literal["on", "off"] = "off",
    handshake_timeout: float = HANDSHAKE_TIMEOUT,
) -> BoundServer:
    """Build the listener that asks each browser for a client certificate and lets any certificate through to *app*.

    *ca_names* returns the authorities whose names browsers are told; it is called in the event loop, at most once a
    second, and must not block. Clients that ask for *open_host* are told none. The PEM files are read again when they
    change. Raises `ConfigurationError` when they are unusable.
    """
    context = CertificateListenerContext(
        ServerCertificateFiles(certificate_file, key_file),
        ca_names,
        lowest_version=minimum_version,
        open_host=open_host,
    )
    config = _configure(app, host=host, port=port, lifespan=lifespan, ssl_context_factory=lambda *_: context)
    return BoundServer(config, handshake_timeout=handshake_timeout)


def build_http_server(
    app: Application,
    *,
    host: str,
    port: int,
    lifespan: Literal["on", "off"] = "off",
) -> BoundServer:
    """Build a listener for plain HTTP/1.1; of those that share *app*, one has ``lifespan="on"``."""
    return BoundServer(_configure(app, host=host, port=port, lifespan=lifespan))


def _configure(app: Application, **options: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=ConnectionProtocol,
        ws="none",
        interface="asgi3",
        log_config=None,
        access_log=False,
        # uvicorn would believe X-Forwarded-For from 127.0.0.1 and hide the transport's peer from the application.
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_TIMEOUT,
        **options,
    )


async def serve_together(servers: Sequence[BoundServer], *, on_ready: Callable[[], None] | None = None) -> None:
    """Run *servers* until one of them stops or a SIGINT or SIGTERM comes.

    The first signal lets requests in hand end, for at most GRACEFUL_SHUTDOWN_TIMEOUT seconds; a second breaks them off.
    Binds every socket before anything starts, starts in the given order, and stops the servers with a lifespan last.
    *on_ready* is called once all of them accept connections; `BoundServer.port` is known by then. Raises `PortTaken`
    and `ConfigurationError` before anything has started, `StartupFailed` when an application does not start.
    """
    bind_all(servers)
    at_once = asyncio.Event()
    with stop_signals(stop=lambda: _stop(servers), stop_at_once=at_once.set):
        running = asyncio.create_task(_run(servers, on_ready))
        interruption = asyncio.create_task(at_once.wait())
        try:
            await asyncio.wait((running, interruption), return_when=asyncio.FIRST_COMPLETED)
        finally:
            interruption.cancel()
            await _break_off(servers, running)
        if not running.cancelled():
            running.result()


def _stop(servers: Sequence[BoundServer]) -> None:
    for server in servers:
        server.should_exit = True


async def _break_off(servers: Sequence[BoundServer], running: asyncio.Task[None]) -> None:
    if running.done():
        return
    for server in servers:
        server.abort()
    await asyncio.wait((running,), timeout=FORCED_SHUTDOWN_TIMEOUT)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _run(servers: Sequence[BoundServer], on_ready: Callable[[], None] | None) -> None:
    try:
        for server in servers:
            await server.startup()
        if on_ready is not None:
            on_ready()
        await asyncio.gather(*(_run_one(server, servers) for server in servers))
    finally:
        await _shut_down(servers)


async def _run_one(server: BoundServer, servers: Sequence[BoundServer]) -> None:
    try:
        await server.main_loop()
    finally:
        _stop(servers)


async def _shut_down(servers: Sequence[BoundServer]) -> None:
    for server in servers:
        server.stop_accepting()
    started = [server for server in servers if server.started]
    for lifespan in ("off", "on"):
        await asyncio.gather(*(server.shutdown() for server in started if server.config.lifespan == lifespan))
