"""What the protocol class adds to uvicorn's: the client's facts in the scope, and limits to a request's head."""

import contextlib
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from idp.serving import connection_protocol
from idp.serving.bound_server import BoundServer
from idp.serving.connection_protocol import MAX_HEAD_SIZE
from idp.serving.listener import build_http_server
from tests.serving.clients import read_until_closed
from tests.serving.running import PATIENCE, answer, report_client, running


@pytest.fixture
def server(loop: str) -> Iterator[BoundServer]:
    """A plain listener that reports what its scope says of the client."""
    server = build_http_server(report_client, host="127.0.0.1", port=0)
    with running(server, loop=loop):
        yield server


def exchange(port: int, request: bytes) -> bytes:
    """Send *request* and return all that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(request)
        return read_until_closed(client)


def build_request(*fields: bytes) -> bytes:
    """Return the head of a GET request with the given fields."""
    return b"\r\n".join((b"GET / HTTP/1.1", b"host: localhost", b"connection: close", *fields, b"", b""))


def report(response: bytes) -> dict[str, Any]:
    """Return what the application reported."""
    content: dict[str, Any] = json.loads(response.partition(b"\r\n\r\n")[2])
    return content


def test_plain_connection_has_a_peer_and_no_tls(server: BoundServer) -> None:
    """Without TLS there is no certificate to speak of."""
    facts = report(exchange(server.port, build_request()))

    assert facts["peer"][0] == "127.0.0.1"
    assert facts["leaf"] is None
    assert facts["chain"] is None


def test_forwarded_header_changes_nothing(server: BoundServer) -> None:
    """Nobody can talk his own address into another, not even from this machine."""
    facts = report(exchange(server.port, build_request(b"x-forwarded-for: 9.9.9.9", b"x-forwarded-proto: https")))

    assert facts["peer"][0] == facts["client"][0] == "127.0.0.1"


def test_long_head_within_the_limit_is_read(server: BoundServer) -> None:
    """A proxy's header with a whole chain fits."""
    response = exchange(server.port, build_request(b"client-cert-chain: " + b"x" * 65_536))

    assert response.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "request_",
    [
        build_request(b"x: " + b"y" * MAX_HEAD_SIZE),
        build_request(*(b"x: " + b"y" * 1000 for _ in range(100))),
        b"GET / HTTP/1.1\r\nx: " + b"y" * 2_000_000,
    ],
    ids=["one long field", "many fields", "a field without an end"],
)
def test_head_beyond_the_limit_is_refused(server: BoundServer, request_: bytes) -> None:
    """Status 431 (RFC 6585 section 5), as far as the client still listens."""
    response = exchange(server.port, request_)

    assert response.startswith(b"HTTP/1.1 431 ") or response == b""


def test_nonsense_is_a_bad_request(server: BoundServer) -> None:
    """What is no HTTP gets uvicorn's own answer."""
    assert exchange(server.port, b"no such thing\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_long_body_before_another_request_does_not_count_as_head(loop: str) -> None:
    """Only heads are limited here, also where a body ends and the next head begins in one segment."""

    async def length(_scope: dict[str, Any], receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        await answer(send, str(size).encode())

    server = build_http_server(length, host="127.0.0.1", port=0)
    size = 2 * MAX_HEAD_SIZE
    post = b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size
    with running(server, loop=loop):
        response = exchange(server.port, post + build_request())

    assert response.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("beginning", [b"", b"GET / HTTP/1.1\r\nhost:", b"\r\n"])
def test_head_that_takes_too_long_is_broken_off(loop: str, monkeypatch: pytest.MonkeyPatch, beginning: bytes) -> None:
    """A connection costs something, so it is not kept for a client that does not say what it wants."""
    monkeypatch.setattr(connection_protocol, "HEAD_TIMEOUT", 0.2)
    server = build_http_server(report_client, host="127.0.0.1", port=0)
    with running(server, loop=loop):
        assert exchange(server.port, beginning) == b""


def test_slow_response_is_not_broken_off(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for the head alone."""
    monkeypatch.setattr(connection_protocol, "HEAD_TIMEOUT", 0.1)

    async def slow(scope: dict[str, Any], receive: Any, send: Any) -> None:
        import asyncio

        await receive()
        await asyncio.wait_for(asyncio.shield(passed(0.3)), PATIENCE)
        await report_client(scope, receive, send)

    server = build_http_server(slow, host="127.0.0.1", port=0)
    with running(server, loop=loop):
        assert exchange(server.port, build_request()).startswith(b"HTTP/1.1 200")


async def passed(seconds: float) -> None:
    """Return once the loop's own clock says so."""
    import asyncio

    loop = asyncio.get_running_loop()
    done = loop.create_future()
    loop.call_later(seconds, done.set_result, None)
    await done
