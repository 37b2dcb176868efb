"""Small TLS clients."""

import contextlib
import json
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Issued
from tests.serving.running import PATIENCE

REQUEST = b"GET /who HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"


def client_context(
    trust: Issued,
    folder: Path,
    certificate: Issued | None = None,
    *,
    highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    alpn: tuple[str, ...] = ("http/1.1",),
) -> ssl.SSLContext:
    """Return a client's context that trusts *trust* and presents *certificate*, however bad."""
    context = ssl.create_default_context(cadata=trust.pem)
    context.maximum_version = highest
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if certificate:
        context.load_cert_chain(*certificate.write_pem(folder))
    return context


@contextmanager
def connected(
    port: int, context: ssl.SSLContext, *, session: ssl.SSLSession | None = None, host: str = "localhost"
) -> Iterator[ssl.SSLSocket]:
    """Connect and shake hands."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(raw, server_hostname=host, session=session) as tls:
            yield tls


def fetch(port: int, context: ssl.SSLContext, *, session: ssl.SSLSession | None = None) -> dict[str, Any]:
    """Return the JSON with which `report_client` answers."""
    with connected(port, context, session=session) as tls:
        tls.sendall(REQUEST)
        report: dict[str, Any] = json.loads(read_to_end(tls).partition(b"\r\n\r\n")[2])
        return report


def read_to_end(connection: socket.socket) -> bytes:
    """Return everything until the other side ends."""
    received = b""
    while data := connection.recv(65_536):
        received += data
    return received


def s_client(port: int, *options: str) -> str:
    """Return what openssl prints about a connection."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "localhost", *options]
    done = subprocess.run([*command, "-ign_eof"], check=False, input=REQUEST, capture_output=True, timeout=PATIENCE)
    return (done.stdout + done.stderr).decode()


def server_certificate(port: int) -> bytes:
    """Return the server's certificate in DER."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with connected(port, context) as tls:
        certificate = tls.getpeercert(binary_form=True)
        assert certificate
        return certificate


def client_hello(context: ssl.SSLContext) -> bytes:
    """Return the first message of a handshake."""
    outgoing = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="localhost").do_handshake()
    return outgoing.read()


def read_until_closed(connection: socket.socket) -> bytes:
    """Return what comes until the server hangs up, in good order or not."""
    received = b""
    connection.settimeout(PATIENCE)
    with contextlib.suppress(ConnectionResetError), connection:
        while data := connection.recv(65_536):
            received += data
    return received


def read_response(tls: ssl.SSLSocket) -> bytes:
    """Return one response with its body."""
    head, body = b"", b""
    while b"\r\n\r\n" not in head:
        head += tls.recv(65_536)
    head, _, body = head.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += tls.recv(65_536)
    return body
