"""The guarded fetcher, against real servers on loopback."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from idp.fetching.connection import connect
from idp.fetching.deadline import Deadline
from idp.fetching.destination import Destination
from idp.fetching.errors import FetchFailed, FetchRefused
from idp.fetching.fetcher import MAX_FETCHES, MAX_FETCHES_OF_A_HOST, Fetcher
from idp.fetching.tls import build_tls_context
from idp.settings import Settings
from tests.certificates import Authority, self_sign
from tests.web_server import Asked, Reply, WebServer, web_server

JSON = "application/json"
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def web() -> Iterator[WebServer]:
    """A server."""
    with web_server({"/keys": Reply(b'{"keys":[]}', content_type="application/jwk-set+json; charset=utf-8")}) as web:
        yield web


def fetcher(*hosts: str, **options: Any) -> Fetcher:
    return Fetcher(Settings(fetch_allowed_hosts=hosts), **options)


@contextmanager
def raw_server(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Let *talk* have each connection, its request read, in a thread of its own; yield the port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=run, args=(connection,), daemon=True).start()

        def run(connection: socket.socket) -> None:
            with connection:
                connection.recv(65_536)
                try:
                    talk(connection)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def get_raw(answer: bytes, **options: Any) -> Any:
    """Fetch from a server that sends *answer* and hangs up."""
    with raw_server(lambda connection: connection.sendall(answer)) as port:
        return fetcher("127.0.0.1").get(f"http://127.0.0.1:{port}/", accept=JSON, **options)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Have each look-up answered with the next list of addresses; return the list of names that were looked up."""
    asked: list[str] = []

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        addresses = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr("idp.fetching.resolution.socket.getaddrinfo", getaddrinfo)
    return asked


def test_document_of_a_named_host(web: WebServer) -> None:
    """Status, type and body; the request says what is wanted, and nothing else of us."""
    fetched = fetcher(web.authority).get(web.url("/keys?a=b"), accept=JSON)
    assert (fetched.status, fetched.content_type, fetched.body) == (200, "application/jwk-set+json", b'{"keys":[]}')
    (asked,) = web.asked
    assert (asked.method, asked.path) == ("GET", "/keys?a=b")
    assert asked.headers == {
        "host": web.authority,
        "user-agent": "Countersign",
        "accept": JSON,
        "accept-encoding": "identity",
        "connection": "close",
    }


def test_form_is_posted(web: WebServer) -> None:
    """With its length, encoded; any status is returned."""
    web.replies["/logout"] = Reply(status=400)
    fetched = fetcher(web.authority).post(web.url("/logout"), {"logout_token": "a b&c"})
    (asked,) = web.asked
    assert (fetched.status, asked.method, asked.body) == (400, "POST", b"logout_token=a+b%26c")
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    fetcher(web.authority).post(web.url("/logout"), {})
    assert web.asked[1].headers["content-length"] == "0"


@pytest.mark.parametrize("hosts", [(), ("localhost:1",), ("other.example",)])
def test_loopback_is_refused_unless_named(web: WebServer, hosts: tuple[str, ...]) -> None:
    """By name and by address, with http and with https, and not a byte is sent."""
    for url in (web.url("/keys"), f"https://localhost:{web.port}/", f"https://127.0.0.1:{web.port}/"):
        with pytest.raises(FetchRefused):
            fetcher(*hosts).get(url, accept=JSON)
    assert web.asked == []


@pytest.mark.parametrize("spelling", ["2130706433", "0x7f000001", "017700000001", "127.1", "[::1]", "[::ffff:7f00:1]"])
def test_other_spellings_of_loopback_are_refused(web: WebServer, spelling: str) -> None:
    """What the resolver makes of them is looked at, or there is nothing of that name."""
    with pytest.raises((FetchRefused, FetchFailed)):
        Fetcher(Settings()).get(f"https://{spelling}:{web.port}/keys", accept=JSON)
    assert web.asked == []


def test_one_private_address_among_public_ones_refuses_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads here and there leads nowhere."""
    resolve_to(monkeypatch, ["93.184.215.14", "10.0.0.1"])
    with pytest.raises(FetchRefused, match=r"10\.0\.0\.1"):
        Fetcher(Settings()).get("https://app.example/", accept=JSON)


def test_name_is_looked_up_once_and_the_checked_address_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: a second look-up would answer 127.0.0.1, and is never asked for."""
    asked = resolve_to(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    connected: list[Any] = []

    def create_connection(address: Any, **_: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("idp.fetching.connection.socket.create_connection", create_connection)
    with pytest.raises(FetchFailed):
        Fetcher(Settings()).get("https://app.example/", accept=JSON)
    assert (asked, connected) == (["app.example"], [("93.184.215.14", 443)])


def test_own_address_is_refused(web: WebServer) -> None:
    """A public address of this machine's own leads past the firewall; here loopback stands for one."""
    destination = Destination("https", "app.example", web.port, "/")
    with pytest.raises(FetchRefused, match="own"):
        connect(destination, ["127.0.0.1"], Deadline(5), build_tls_context(None))
    assert web.asked == []


@pytest.mark.parametrize(
    "host", ["idp.example", "IDP.example:444", "x.cert.example", "cert.example", "mtls.cert.example"]
)
def test_own_names_are_refused(host: str) -> None:
    """A fetch from the provider itself would wait for a thread of its own."""
    settings = Settings(public_url="https://idp.example", certificate_url="https://{label}.cert.example")
    with pytest.raises(FetchRefused, match="own"):
        Fetcher(settings).verify_fetchable(f"https://{host}/realms/demo")
    assert Fetcher(settings).verify_fetchable("https://app.example/") == "https://app.example/"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(web: WebServer, status: int) -> None:
    """The next address would need all of the checks again."""
    web.replies["/moved"] = Reply(status=status, headers={"Location": web.url("/keys")})
    with pytest.raises(FetchFailed, match=str(status)):
        fetcher(web.authority).get(web.url("/moved"), accept=JSON)
    assert fetcher(web.authority).post(web.url("/moved"), {}).status == status
    assert [asked.path for asked in web.asked] == ["/moved", "/moved"]


def test_environment_names_no_proxy_and_cookies_are_not_kept(web: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither may change where a request goes or what it says."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    web.replies["/keys"] = Reply(b"{}", headers={"Set-Cookie": "a=b"})
    used = fetcher(web.authority)
    used.get(web.url("/keys"), accept=JSON)
    used.get(web.url("/keys"), accept=JSON)
    assert [asked.headers.get("cookie") for asked in web.asked] == [None, None]


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001,
        OK + b"\r\n" + b"x" * 1001,
        OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n",
        OK + b"".join(b"X-%d: " % number + b"y" * 8000 + b"\r\n" for number in range(9)) + b"\r\n",
        OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 3000 + OK + b"\r\n",
    ],
)
def test_too_much_is_not_read(answer: bytes) -> None:
    """With a length, without, in chunks, and in the head."""
    with pytest.raises(FetchFailed):
        get_raw(answer, max_bytes=1000)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        OK + b"Content-Length: 5\r\n\r\nabc",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"{}", mtime=0),
        OK[:10],
    ],
)
def test_broken_and_compressed_answers_fail(answer: bytes) -> None:
    """Nothing half-read is believed, and nothing is unpacked."""
    with pytest.raises(FetchFailed):
        get_raw(answer)


def test_answer_of_exactly_the_limit_is_read() -> None:
    """The limit is what may still come."""
    assert len(get_raw(OK + b"\r\n" + b"x" * 1000, max_bytes=1000).body) == 1000


@pytest.mark.parametrize("start", [b"", OK, OK + b"Content-Length: 100000\r\n\r\n", OK + b"X: "])
def test_dripping_host_is_given_up(start: bytes) -> None:
    """One limit for the whole: octets that come in time one by one do not prolong it."""
    over = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(start)
        while not over.wait(0.02):
            connection.sendall(b"x")

    began = time.monotonic()
    with raw_server(drip) as port, pytest.raises(FetchFailed):
        fetcher("127.0.0.1", seconds=0.3).get(f"http://127.0.0.1:{port}/", accept=JSON)
    over.set()
    assert time.monotonic() - began < 3


def test_host_that_never_begins_tls_is_given_up() -> None:
    """The handshake has no time of its own."""
    over = threading.Event()
    began = time.monotonic()
    with raw_server(lambda _: over.wait(20) and None) as port, pytest.raises(FetchFailed):
        fetcher("127.0.0.1", seconds=0.3).get(f"https://127.0.0.1:{port}/", accept=JSON)
    over.set()
    assert time.monotonic() - began < 3


def test_slow_name_server_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver may take half a minute; nobody waits for it, and only so many are asked."""
    over = threading.Event()
    monkeypatch.setattr("idp.fetching.resolution.socket.getaddrinfo", lambda *_, **__: over.wait(20) and [])
    slow = fetcher(seconds=0.05)
    for _ in range(MAX_FETCHES):
        with pytest.raises(FetchFailed, match="looked up"):
            slow.get("https://app.example/", accept=JSON)
    with pytest.raises(FetchFailed, match="too many"):
        slow.get("https://app.example/", accept=JSON)
    over.set()


def test_unknown_name_and_closed_port_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """As failures, not as whatever the system raises."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(FetchFailed):
        fetcher("127.0.0.1").get(f"http://127.0.0.1:{port}/", accept=JSON)
    resolve_to(monkeypatch, [])
    with pytest.raises(FetchFailed):
        fetcher().get("https://nowhere.example/", accept=JSON)


def test_slow_host_holds_a_few_threads_and_no_more(web: WebServer) -> None:
    """The next fetch from it fails at once, those from elsewhere go on; and when it is over, it is over."""
    over, waiting = threading.Event(), threading.Semaphore(0)

    def wait(_: Asked) -> Reply:
        waiting.release()
        over.wait(20)
        return Reply(b"{}")

    web.replies["/slow"] = wait
    used = fetcher("localhost", "[::1]", seconds=20.0)
    threads = [
        threading.Thread(target=used.get, args=(web.url("/slow"),), kwargs={"accept": JSON})
        for _ in range(MAX_FETCHES_OF_A_HOST)
    ]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert waiting.acquire(timeout=20)
    with pytest.raises(FetchFailed, match="too many"):
        used.get(web.url("/keys"), accept=JSON)
    with pytest.raises(FetchFailed, match="no connection"):
        used.get("http://[::1]:1/", accept=JSON)
    over.set()
    for thread in threads:
        thread.join()
    assert used.get(web.url("/keys"), accept=JSON).status == 200


def test_tls_is_verified_for_the_name(tmp_path: Path) -> None:
    """RFC 9525: an unknown authority and another host's certificate are refused, a named authority's is accepted."""
    root = Authority.create()
    ca_file, _ = root.write_pem(tmp_path)
    settings = {"fetch_allowed_hosts": ["localhost"], "fetch_ca_file": ca_file}
    with web_server({"/": Reply(b"{}")}, certificate=root.issue_server("localhost"), folder=tmp_path) as web:
        assert Fetcher(Settings(**settings)).get(web.url(), accept=JSON).body == b"{}"
        with pytest.raises(FetchFailed, match="CERTIFICATE_VERIFY_FAILED"):
            fetcher("localhost").get(web.url(), accept=JSON)
    for wrong in (root.issue_server("other.example"), self_sign("localhost")):
        with web_server({"/": Reply(b"{}")}, certificate=wrong, folder=tmp_path) as web:
            with pytest.raises(FetchFailed, match="CERTIFICATE_VERIFY_FAILED"):
                Fetcher(Settings(**settings)).get(web.url(), accept=JSON)
            assert web.asked == []
