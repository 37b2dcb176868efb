"""A small web server on loopback for whatever is fetched: it answers as it is told, and remembers what it was asked."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.certificates import Issued


@dataclass(frozen=True)
class Asked:
    """A request; names of header fields are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An answer."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class WebServer:
    """Where it is, what it answers by path (404 elsewhere), and what it was asked."""

    port: int
    scheme: str
    replies: dict[str, Reply | Callable[[Asked], Reply]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def authority(self) -> str:
        """Its host and port, as the setting `fetch_allowed_hosts` has them."""
        return f"localhost:{self.port}"

    def url(self, path: str = "/") -> str:
        """Return the address of *path*."""
        return f"{self.scheme}://{self.authority}{path}"

    def reply(self, asked: Asked) -> Reply:
        """Remember what was asked and return what is answered."""
        self.asked.append(asked)
        reply = self.replies.get(asked.path.partition("?")[0], Reply(status=404))
        return reply(asked) if callable(reply) else reply


@contextmanager
def web_server(
    replies: Mapping[str, Reply | Callable[[Asked], Reply]] | None = None,
    *,
    certificate: Issued | None = None,
    folder: Path | None = None,
) -> Iterator[WebServer]:
    """Serve plain http, or https with *certificate*, whose files go into *folder*."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    scheme = "http"
    if certificate is not None and folder is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate.write_pem(folder))
        # The handshake belongs to the connection's own thread: one that fails must not end the server.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "https"
    web = server.web = WebServer(server.server_port, scheme, dict(replies or {}))  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError):
            self.close_connection = True

    def _answer(self) -> None:
        length = int(self.headers.get("content-length", "0"))
        headers = {name.lower(): value for name, value in self.headers.items()}
        web: WebServer = self.server.web  # type: ignore[attr-defined]
        reply = web.reply(Asked(self.command, self.path, headers, self.rfile.read(length)))
        self.send_response(reply.status)
        for name, value in {
            "Content-Type": reply.content_type,
            "Content-Length": str(len(reply.body)),
            **reply.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = _answer  # noqa: N815 (names that http.server looks for)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""
