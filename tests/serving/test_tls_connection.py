"""One connection: bytes through it both ways, its end in good order and bad, and what is not TLS at all."""

import asyncio
import contextlib
import gc
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from idp.serving import bound_server
from idp.serving.tls_connection import TLSConnection
from tests.serving.clients import (
    REQUEST,
    client_context,
    client_hello,
    connected,
    fetch,
    read_response,
    read_to_end,
    read_until_closed,
)
from tests.serving.conftest import Serve, Tree
from tests.serving.running import PATIENCE, answer, eventually, warnings_of


def test_stalled_handshake_ends(serve: Serve) -> None:
    """Who connects and then says nothing, or half a greeting, is hung up on."""
    server = serve(handshake_timeout=0.3)
    for beginning in (b"", b"\x16\x03\x01\x02\x00\x01\x00"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as client:
            client.sendall(beginning)

            assert read_until_closed(client) == b""


def test_client_that_leaves_during_the_handshake_does_no_harm(
    tree: Tree, serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Disconnecting in the middle leaves neither a log line nor a connection."""
    server = serve()
    context = client_context(tree.root, tmp_path, tree.issuing.issue())
    for length in (1, 100, 200):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(client_hello(context)[:length])
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(client_hello(context))
            client.recv(1)

    assert fetch(server.port, context)["leaf"]
    assert warnings_of(caplog) == []


def test_plain_http_gets_an_answer_in_words(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    """http:// instead of https:// is explained to the person, and is nothing for the log."""
    with socket.create_connection(("127.0.0.1", serve().port), timeout=PATIENCE) as client:
        client.sendall(REQUEST)
        client.shutdown(socket.SHUT_WR)
        response = read_until_closed(client)

    assert response.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"https://" in response
    assert warnings_of(caplog) == []


@pytest.mark.parametrize(
    "noise", [b"\x00" * 300, b"SSH-2.0-OpenSSH_9.2\r\n", b"\x16\x03\x01\x00\x05hello", b"\xff" * 70_000]
)
def test_noise_does_no_harm(
    tree: Tree, serve: Serve, tmp_path: Path, noise: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """What is not TLS at all ends the connection, and nothing else."""
    server = serve()
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as client:
        with contextlib.suppress(OSError):
            client.sendall(noise)
            client.shutdown(socket.SHUT_WR)
        read_until_closed(client)

    assert fetch(server.port, client_context(tree.root, tmp_path))["path"] == "/who"
    assert warnings_of(caplog) == []


def test_a_hundred_handshakes_at_once_succeed(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """Each connection sees its own certificate."""
    server = serve()
    people = [tree.issuing.issue(f"person-{number}") for number in range(10)]
    contexts = [client_context(tree.root, tmp_path, person) for person in people]

    async def ask(context: ssl.SSLContext) -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", server.port, ssl=context, server_hostname="localhost"
        )
        writer.write(REQUEST)
        response = await reader.read()
        writer.close()
        await writer.wait_closed()
        return response

    async def ask_all() -> list[bytes]:
        return await asyncio.gather(*(ask(context) for context in contexts * 10))

    responses = asyncio.run(ask_all())

    for person, response in zip(people * 10, responses, strict=True):
        assert person.der.hex().encode() in response


def test_connections_are_not_kept_after_they_end(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """Nothing holds on to a connection once it is over."""
    server = serve()
    context = client_context(tree.root, tmp_path, tree.issuing.issue())
    for _ in range(50):
        fetch(server.port, context)

    def alive() -> int:
        gc.collect()
        return sum(isinstance(thing, TLSConnection) for thing in gc.get_objects())

    assert eventually(lambda: alive() == 0)


def test_connection_close_ends_with_close_notify(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """After ``Connection: close`` TLS and TCP are ended in good order (RFC 8446 section 6.1)."""
    context = client_context(tree.root, tmp_path)
    with (
        socket.create_connection(("127.0.0.1", serve().port), timeout=PATIENCE) as raw,
        context.wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False) as tls,
    ):
        tls.sendall(REQUEST)
        response = read_to_end(tls)
        rest = tls.unwrap()

        assert b"connection: close" in response
        assert rest.recv(1) == b""


def test_client_that_ignores_close_notify_is_dropped(
    tree: Tree, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that the server has closed does not depend on the client to end."""
    monkeypatch.setattr(bound_server, "CLOSE_NOTIFY_TIMEOUT", 0.2)
    with connected(serve().port, client_context(tree.root, tmp_path)) as tls:
        tls.sendall(REQUEST)
        read_to_end(tls)

        assert read_until_closed(socket.socket(fileno=socket.dup(tls.fileno()))) == b""


def test_connection_is_kept_alive(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """Several requests share one connection and its certificate."""
    issued = tree.issuing.issue()
    with connected(serve().port, client_context(tree.root, tmp_path, issued)) as tls:
        for _ in range(3):
            tls.sendall(b"GET /who HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert issued.der.hex().encode() in read_response(tls)


@pytest.mark.parametrize("size", [1, 16_384, 16_385, 300_000])
def test_bodies_of_any_size_pass_both_ways(tree: Tree, serve: Serve, tmp_path: Path, size: int) -> None:
    """More than one TLS record, and more than one buffer of the event loop."""
    body = bytes(range(256)) * (size // 256 + 1)
    with connected(serve(echo).port, client_context(tree.root, tmp_path)) as tls:
        tls.sendall(b"POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n")
        tls.sendall(b"content-length: %d\r\n\r\n" % size + body[:size])

        assert read_to_end(tls).partition(b"\r\n\r\n")[2] == body[:size]


def test_request_that_comes_with_the_handshake_is_answered(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """Application data in the same segment as the client's Finished is not left lying."""
    server = serve()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context(tree.root, tmp_path, tree.issuing.issue()).wrap_bio(
        incoming, outgoing, server_hostname="localhost"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as raw:
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.sendall(outgoing.read())
                incoming.write(raw.recv(65_536))
        client.write(REQUEST)
        raw.sendall(outgoing.read())
        response = b""
        while b"\r\n\r\n{" not in response:
            try:
                response += client.read(65_536)
            except ssl.SSLWantReadError:
                incoming.write(raw.recv(65_536))

    assert response.startswith(b"HTTP/1.1 200")


def test_request_in_single_bytes_is_answered(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """A record for each byte."""
    with connected(serve().port, client_context(tree.root, tmp_path)) as tls:
        for byte in REQUEST:
            tls.sendall(bytes([byte]))

        assert read_to_end(tls).startswith(b"HTTP/1.1 200")


def test_curl_is_served(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """curl is a client of its own kind."""
    issued = tree.issuing.issue()
    certificate_file, key_file = issued.write_pem(tmp_path)
    trust = tmp_path / "root.pem"
    trust.write_text(tree.root.pem)
    port = serve().port
    identity = ["--cacert", str(trust), "--cert", str(certificate_file), "--key", str(key_file)]
    address = ["--resolve", f"a1b2.cert.localhost:{port}:127.0.0.1", f"https://a1b2.cert.localhost:{port}/x"]

    done = subprocess.run(["curl", "-sS", "--max-time", "20", *identity, *address], check=True, capture_output=True)

    assert issued.der.hex().encode() in done.stdout


async def echo(_scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer with the request's body."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await answer(send, body)
