"""The HTTP/1.1 protocol class of every listener: uvicorn's, with the client's facts in the scope and a bounded head.

uvicorn copies `app_state` into each `scope["state"]`, so that is where a connection's facts go. It limits neither
the length of a request head, when httptools parses it, nor the time a client may take for it; both are done here.
"""

import asyncio
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from idp.serving.plain_answer import build_plain_answer
from idp.serving.tls_connection import TLSConnection
from idp.web.client_certificate import ClientTLS

# Enough for the longest client-certificate headers of a proxy (64 KiB) and everything else beside them.
MAX_HEAD_SIZE = 98_304
HEAD_TIMEOUT = 10.0

_TOO_LARGE = build_plain_answer(
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's headers are longer than this server reads.\n"
)


class HeadTooLarge(Exception):
    """The request head is longer than MAX_HEAD_SIZE."""


class ConnectionProtocol(HttpToolsProtocol):
    """Put `tls` (a `ClientTLS`, None without TLS) and `peer` (the transport's host and port) into every scope."""

    _expects_head = True
    _inside_head = False
    _parsed_size = 0
    _unparsed_size = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Read what is known of the client, once for all requests of the connection."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "tls": client_tls(transport), "peer": transport_peer(transport)}
        self._start_head_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_head_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, and refuse a head that goes on for too long."""
        if self._expects_head:
            self._start_head_timer()
        began_inside_head = self._inside_head
        super().data_received(data)
        if began_inside_head and self._inside_head:
            self._count_unparsed(len(data))

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._inside_head = True
        self._parsed_size = self._unparsed_size = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header field; the parser turns the exception into its own error, which ends in `send_400_response`."""
        self._parsed_size += len(name) + len(value)
        if self._parsed_size > MAX_HEAD_SIZE:
            raise HeadTooLarge
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop counting; a body has its own limits."""
        self._inside_head = self._expects_head = False
        self._stop_head_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Expect the next head."""
        self._expects_head = True
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what could not be parsed."""
        if self._parsed_size > MAX_HEAD_SIZE:
            self._refuse_head()
        else:
            super().send_400_response(msg)

    def _count_unparsed(self, size: int) -> None:
        # A field without an end is never given to `on_header`, however much of it has come.
        self._unparsed_size += size
        if self._unparsed_size > MAX_HEAD_SIZE and not self.transport.is_closing():
            self._refuse_head()

    def _refuse_head(self) -> None:
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _start_head_timer(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_TIMEOUT, self.transport.abort)

    def _stop_head_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def transport_peer(transport: asyncio.BaseTransport) -> tuple[str, int] | None:
    """Return host and port of the other end of the connection; None for a Unix socket."""
    peer: Any = transport.get_extra_info("peername")
    return (str(peer[0]), int(peer[1])) if isinstance(peer, tuple) else None


def client_tls(transport: asyncio.BaseTransport) -> ClientTLS | None:
    """Return what the certificate listener's TLS learnt; None on any other transport."""
    connection = transport.get_extra_info("ssl_object")
    if not isinstance(connection, TLSConnection):
        return None
    certificate = connection.getpeercert(binary_form=True)
    return ClientTLS(
        certificate_der=certificate if isinstance(certificate, bytes) else None,
        chain_der=tuple(connection.get_unverified_chain()),
        resumed=connection.session_reused,
        verify_error=connection.verify_error,
        tls_version=connection.version(),
    )
