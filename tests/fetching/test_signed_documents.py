"""What its author has signed: fetched by plain http too, into a file where it is large, and never from inward."""

import gzip
import io
import threading
import time
from collections.abc import Iterator

import pytest

from idp.fetching import connection, fetcher
from idp.fetching.errors import FetchFailed, FetchRefused
from idp.fetching.fetcher import Fetcher, Limits
from idp.settings import Settings
from tests.fetching.test_fetcher import OK, raw_server, resolve_to
from tests.web_server import Asked, Reply, WebServer, web_server

LIMITS = Limits(seconds=5.0, max_bytes=1000)


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A server."""
    with web_server() as web:
        yield web


def download(url: str, *hosts: str, limits: Limits = LIMITS) -> bytes:
    """Fetch into a file and return what is in it."""
    file = io.BytesIO()
    Fetcher(Settings(fetch_allowed_hosts=hosts)).download(url, file, accept="application/pkix-crl", limits=limits)
    return file.getvalue()


def test_document_goes_into_a_file_piece_by_piece(web: WebServer) -> None:
    """However large it is."""
    pieces: list[int] = []

    class Measuring(io.BytesIO):
        def write(self, data: bytes, /) -> int:  # type: ignore[override]
            pieces.append(len(data))
            return super().write(data)

    web.replies["/list"] = Reply(b"x" * 1_000_000)
    file, limits = Measuring(), Limits(seconds=5.0, max_bytes=1_000_000)
    Fetcher(Settings(fetch_allowed_hosts=[web.authority])).download(web.url("/list"), file, accept="a/b", limits=limits)
    assert len(file.getvalue()) == 1_000_000
    assert max(pieces) <= 65_536
    assert web.asked[0].headers["accept"] == "a/b"


def test_question_is_posted(web: WebServer) -> None:
    """With its type; any status but 200 is a failure."""
    web.replies["/ocsp"] = lambda asked: Reply(asked.body[::-1], content_type="application/ocsp-response")
    ask = Fetcher(Settings(fetch_allowed_hosts=[web.authority])).ask
    types = {"content_type": "application/ocsp-request", "accept": "application/ocsp-response"}
    assert ask(web.url("/ocsp"), b"abc", limits=LIMITS, **types).body == b"cba"
    assert (web.asked[0].method, web.asked[0].headers["content-type"]) == ("POST", "application/ocsp-request")
    with pytest.raises(FetchFailed, match="404"):
        ask(web.url("/nowhere"), b"abc", limits=LIMITS, **types)


def test_plain_http_leads_to_public_addresses_alone(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the address or a name says so; what is not signed still has to be https."""
    for url in (web.url("/"), "file:///etc/passwd"):
        with pytest.raises(FetchRefused):
            download(url)
    assert web.asked == []
    connected: list[object] = []

    def create_connection(address: object, **_: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    resolve_to(monkeypatch, ["93.184.215.14"], ["169.254.169.254"], ["10.0.0.1"])
    monkeypatch.setattr(connection.socket, "create_connection", create_connection)
    with pytest.raises(FetchFailed):
        download("http://crl.example/list")
    assert connected == [("93.184.215.14", 80)]
    for inward in (r"169\.254", r"10\.0"):
        with pytest.raises(FetchRefused, match=inward):
            download("http://crl.example/list")
    assert len(connected) == 1
    with pytest.raises(FetchRefused, match="https"):
        Fetcher(Settings()).get("http://crl.example/list", accept="*/*")


@pytest.mark.parametrize("location", ["http://169.254.169.254/", "/list", "http://127.0.0.1/"])
def test_redirects_lead_nowhere(web: WebServer, location: str) -> None:
    """Inward least of all."""
    web.replies["/list"] = Reply(b"x")
    web.replies["/moved"] = Reply(b"y" * 2000, status=302, headers={"Location": location, "Content-Length": "2000"})
    with pytest.raises(FetchFailed):
        download(web.url("/moved"), web.authority)
    assert [asked.path for asked in web.asked] == ["/moved"]


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001,
        OK + b"Content-Length: 1000000000000\r\n\r\n" + b"x" * 10,
        OK + b"\r\n" + b"x" * 1001,
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n",
        OK + b"Content-Length: 100\r\n\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"\0" * 10_000_000, mtime=0),
        b"HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nabcde",
        b"HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n\r\nabcde",
        b"",
    ],
)
def test_too_much_and_too_little_fails(answer: bytes) -> None:
    """Endless, compressed, broken off, with another status."""
    with raw_server(lambda socket: socket.sendall(answer)) as port, pytest.raises(FetchFailed):
        download(f"http://127.0.0.1:{port}/", "127.0.0.1")


def test_endless_body_ends(web: WebServer) -> None:
    """At the limit, not when its sender is tired."""

    def flood(socket: object) -> None:
        socket.sendall(OK + b"\r\n")  # type: ignore[attr-defined]
        while True:
            socket.sendall(b"x" * 65_536)  # type: ignore[attr-defined]

    with raw_server(flood) as port, pytest.raises(FetchFailed, match="too large"):
        download(f"http://127.0.0.1:{port}/", "127.0.0.1", limits=Limits(seconds=60.0, max_bytes=10_000_000))


def test_silence_ends_long_before_the_time_for_a_large_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes are for those who send."""
    monkeypatch.setattr(fetcher, "FETCH_SECONDS", 0.2)
    over = threading.Event()
    began = time.monotonic()
    with raw_server(lambda socket: socket.sendall(OK) or over.wait(20) or None) as port, pytest.raises(FetchFailed):
        download(f"http://127.0.0.1:{port}/", "127.0.0.1", limits=Limits(seconds=600.0, max_bytes=1000))
    over.set()
    assert time.monotonic() - began < 3


def test_limit_of_a_question_is_its_own(web: WebServer) -> None:
    """A login waits for as long as it says."""
    over = threading.Event()

    def wait(_: Asked) -> Reply:
        over.wait(20)
        return Reply()

    web.replies["/slow"] = wait
    began = time.monotonic()
    with pytest.raises(FetchFailed):
        download(web.url("/slow"), web.authority, limits=Limits(seconds=0.2))
    over.set()
    assert time.monotonic() - began < 3
