"""Several listeners in one process: binding, starting, stopping, and the signals that stop them."""

import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from idp.errors import ConfigurationError
from idp.serving.bound_server import BoundServer, StartupFailed
from idp.serving.listener import build_certificate_server, build_http_server
from idp.serving.sockets import PortTaken
from tests.serving.clients import client_context, fetch, read_until_closed
from tests.serving.conftest import Tree
from tests.serving.running import PATIENCE, report_client, running

REPOSITORY = Path(__file__).parents[2]


class Lifespan:
    """An application that notes its start and end."""

    def __init__(self, *, fails: bool = False) -> None:
        self.events: list[str] = []
        self.fails = fails

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve requests, and the lifespan."""
        if scope["type"] == "http":
            await report_client(scope, receive, send)
            return
        for step in ("startup", "shutdown"):
            await receive()
            self.events.append(step)
            outcome = "failed" if self.fails else "complete"
            await send({"type": f"lifespan.{step}.{outcome}"})


def http_server(app: Any = report_client, **changes: Any) -> BoundServer:
    """Build a plain listener on a free port."""
    options: dict[str, Any] = {"host": "127.0.0.1", "port": 0} | changes
    return build_http_server(app, **options)


def certificate_server(tree: Tree, app: Any = report_client) -> BoundServer:
    """Build a certificate listener on a free port."""
    return build_certificate_server(
        app,
        host="127.0.0.1",
        port=0,
        certificate_file=tree.certificate_file,
        key_file=tree.key_file,
        ca_names=list,
    )


def get(port: int) -> bytes:
    """Return the response to a plain request."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        return read_until_closed(client)


def test_listeners_share_a_process(tree: Tree, loop: str, tmp_path: Path) -> None:
    """Main, certificate and management listener answer side by side; the application starts and ends once."""
    app = Lifespan()
    main, certificate, management = http_server(app, lifespan="on"), certificate_server(tree, app), http_server()

    with running(main, certificate, management, loop=loop):
        assert b"200 OK" in get(main.port)
        assert b"200 OK" in get(management.port)
        assert fetch(certificate.port, client_context(tree.root, tmp_path))["leaf"] is None
        assert app.events == ["startup"]

    assert app.events == ["startup", "shutdown"]


def test_response_names_no_server_but_the_date(loop: str) -> None:
    """The head tells the time and not the software."""
    server = http_server()
    with running(server, loop=loop):
        head = get(server.port).partition(b"\r\n\r\n")[0]

    assert b"\r\ndate: " in head
    assert b"server:" not in head


def test_taken_port_is_told_before_anything_starts(loop: str) -> None:
    """The port's number is in the exception, nothing has started, and the other ports are free again."""
    app = Lifespan()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        first, second = http_server(app, lifespan="on"), http_server(port=taken)
        with pytest.raises(PortTaken, match=f"port {taken} is taken") as caught, running(first, second, loop=loop):
            pass

    assert caught.value.port == taken
    assert app.events == []
    assert [listener.fileno() for listener in first.sockets] == [-1]


def test_application_that_does_not_start_stops_everything(loop: str) -> None:
    """No listener goes on without the application."""
    failing, other = http_server(Lifespan(fails=True), lifespan="on"), http_server()

    with pytest.raises(StartupFailed), running(other, failing, loop=loop):
        pass

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", other.config.port or 1))
    assert [listener.fileno() for listener in other.sockets] == [-1]


def test_listener_that_ends_takes_the_others_along(loop: str) -> None:
    """A process that lost one of its ports is worth nothing."""
    first, second = http_server(), http_server()
    with running(first, second, loop=loop):
        first.should_exit = True

    assert second.should_exit


def test_unusable_certificate_file_is_a_configuration_error(tmp_path: Path) -> None:
    """Before any port is bound."""
    with pytest.raises(ConfigurationError, match=re.escape("absent.pem")):
        build_certificate_server(
            report_client,
            host="127.0.0.1",
            port=0,
            certificate_file=tmp_path / "absent.pem",
            key_file=tmp_path / "absent.key",
            ca_names=list,
        )


# --- signals, in a process of its own ---------------------------------------------------------------------------------

PROGRAM = """
    import asyncio, sys
    from idp.serving import listener
    from idp.serving.listener import build_http_server, serve_together
    from tests.serving.running import LOOPS, answer

    listener.GRACEFUL_SHUTDOWN_TIMEOUT = 600

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await receive(); await send({"type": "lifespan.startup.complete"})
            await receive(); print("shutdown", flush=True); await send({"type": "lifespan.shutdown.complete"})
            return
        print("request", flush=True)
        while (message := await receive())["type"] == "http.request" and message["more_body"]:
            pass
        await answer(send, b"answered")

    servers = [build_http_server(app, host="127.0.0.1", port=0, lifespan=l) for l in ("on", "off")]
    with asyncio.Runner(loop_factory=LOOPS[sys.argv[1]]) as runner:
        runner.run(serve_together(servers, on_ready=lambda: print(servers[0].port, flush=True)))
    print("ended", flush=True)
"""


@contextmanager
def program(loop: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run PROGRAM; the block gets the process and its port."""
    command = [sys.executable, "-c", textwrap.dedent(PROGRAM), loop]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, int(process.stdout.readline())
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_process_cleanly(loop: str, number: signal.Signals) -> None:
    """An idle keep-alive connection does not hold it up, and nothing is printed to stderr."""
    with program(loop) as (process, port), socket.create_connection(("127.0.0.1", port)):
        process.send_signal(number)
        out, error = process.communicate(timeout=PATIENCE)

    assert (process.returncode, out, error) == (0, "shutdown\nended\n", "")


def test_request_in_hand_is_answered_after_the_first_signal(loop: str) -> None:
    """Who is being served is served to the end."""
    with program(loop) as (process, port), begun_request(process, port) as client:
        process.send_signal(signal.SIGTERM)
        await_refusal(port)
        client.sendall(b"y")
        response = read_until_closed(client)
        process.communicate(timeout=PATIENCE)

    assert response.endswith(b"answered")
    assert process.returncode == 0


def test_second_signal_breaks_off(loop: str) -> None:
    """The impatient do not wait for a request in hand."""
    with program(loop) as (process, port), begun_request(process, port) as client:
        process.send_signal(signal.SIGINT)
        await_refusal(port)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=PATIENCE)
        response = read_until_closed(client)

    assert response == b""
    assert (process.returncode, out, error) == (0, "shutdown\nended\n", "")


@contextmanager
def begun_request(process: subprocess.Popen[str], port: int) -> Iterator[socket.socket]:
    """Send a request but for the last byte of its body, and wait until the application has it."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(b"POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nx")
        assert process.stdout is not None
        assert process.stdout.readline() == "request\n"
        yield client


def await_refusal(port: int) -> None:
    """Wait until no connection is accepted any more."""
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue
