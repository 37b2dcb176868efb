"""A browser without a window whose certificate goes through a real proxy."""

import ssl
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2

from tests.provider import Browser, Provider
from tests.serving.clients import connected, read_to_end


class ProxiedBrowser(Browser):
    """`context` holds the certificate that it presents, `fields` are the headers that it forges."""

    def __init__(self, provider: Provider, port: int, context: ssl.SSLContext) -> None:
        super().__init__(provider)
        self.port, self.context = port, context
        self.fields: Sequence[bytes] = ()

    def visit_certificate_host(self, url: str, host: str | None = None) -> Any:
        """Open *url* at the proxy, under its name."""
        parts = urlsplit(url)
        head = (f"GET {parts.path} HTTP/1.1".encode(), b"host: " + parts.netloc.encode(), b"connection: close")
        with connected(self.port, self.context, host=parts.netloc) as tls:
            tls.sendall(b"\r\n".join((*head, *self.fields, b"", b"")))
            return read_response(read_to_end(tls))


def read_response(raw: bytes) -> httpx2.Response:
    """Return a whole response as the client library has it."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    unframed = [(name, value) for name, value in headers if name.lower() != "transfer-encoding"]
    return httpx2.Response(int(status.split()[1]), headers=unframed, content=body)
