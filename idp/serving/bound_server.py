"""uvicorn's server, on sockets that are bound beforehand, with time limits for TLS, and leaving signals to others."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence

import uvicorn

from idp.errors import IdpError
from idp.serving.sockets import BACKLOG, bind_listener, close_all

HANDSHAKE_TIMEOUT = 10.0
CLOSE_NOTIFY_TIMEOUT = 2.0
FORCED_LIFESPAN_TIMEOUT = 1.0


class StartupFailed(IdpError):
    """The application's own start-up failed; it has logged why."""


class BoundServer(uvicorn.Server):
    """Bind, then start, then run, then stop: four steps, so that several servers can take each one together."""

    def __init__(self, config: uvicorn.Config, *, handshake_timeout: float = HANDSHAKE_TIMEOUT) -> None:
        super().__init__(config)
        self.handshake_timeout = handshake_timeout
        self.sockets: list[socket.socket] = []
        self.servers = []

    @property
    def port(self) -> int:
        """The port that is listened on, also where the configuration said 0; only after `bind`."""
        port: int = self.sockets[0].getsockname()[1]
        return port

    def bind(self) -> None:
        """Listen, without accepting yet; raises `PortTaken` and `ConfigurationError`."""
        self.sockets = bind_listener(self.config.host, self.config.port)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then accept connections on *sockets*; raises `StartupFailed`."""
        if not self.config.loaded:
            self.config.load()
        self.lifespan = self.config.lifespan_class(self.config)
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise StartupFailed("the application did not start")
        for listener in self.sockets if sockets is None else sockets:
            self.servers.append(await self._accept_on(listener))
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what is open, then the application, which even after `abort` has a moment to close its stores."""
        await super().shutdown(sockets)
        if self.force_exit:
            self.abort()  # what was accepted meanwhile
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.lifespan.shutdown(), FORCED_LIFESPAN_TIMEOUT)

    def stop_accepting(self) -> None:
        """Accept no more connections; those that are open go on."""
        for server in self.servers:
            server.close()
        close_all(self.sockets)

    def abort(self) -> None:
        """Break off every connection."""
        self.force_exit = True
        for connection in list(self.server_state.connections):
            connection.transport.abort()

    async def _accept_on(self, listener: socket.socket) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        limit = self.handshake_timeout if self.config.ssl else None
        closing = CLOSE_NOTIFY_TIMEOUT if self.config.ssl else None
        return await loop.create_server(
            self._create_protocol,
            sock=listener,
            ssl=self.config.ssl,
            backlog=BACKLOG,
            ssl_handshake_timeout=limit,
            ssl_shutdown_timeout=closing,
        )

    def _create_protocol(self) -> asyncio.Protocol:
        return self.config.http_protocol_class(  # type: ignore[call-arg]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def bind_all(servers: Sequence[BoundServer]) -> None:
    """Bind every server, or none; raises `PortTaken` and `ConfigurationError`."""
    try:
        for server in servers:
            server.bind()
    except BaseException:
        for server in servers:
            close_all(server.sockets)
        raise
