"""Start the floor and the provider as an operator does, and learn when they are ready."""

import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.databases import Databases
from bench.processes import ProcessTree, run_process, wait_until
from idp.demo.tls import TLSFiles, ensure_server_certificate
from idp.encryption import create_master_key
from idp.settings import Settings, read_settings

_ROOT = Path(__file__).resolve().parent.parent
_TRIES = 6000


@dataclass(frozen=True)
class Server:
    """A server that is ready, on loopback ports."""

    tree: ProcessTree
    port: int
    ready_seconds: float
    idle_megabytes: float


@contextmanager
def run_floor(directory: Path) -> Iterator[Server]:
    """Run the bare Starlette application."""
    (port,) = _free_ports(1)
    with _run([sys.executable, "-m", "bench.floor", str(port)], port, "/token", directory / "floor.log") as server:
        yield server


@contextmanager
def run_provider(settings: Settings, directory: Path) -> Iterator[Server]:
    """Run `idp serve` with *settings*, which were written to a file before."""
    command = [sys.executable, "-m", "idp", "serve", "--config", str(directory / "idp.toml")]
    with _run(command, settings.port, "/health/ready", directory / "idp.log", settings.management_port) as server:
        yield server


def write_settings(databases: Databases, directory: Path) -> Settings:
    """Make the provider's key and TLS files, write its configuration file, and return what stands in it."""
    port, certificate_port, management_port = _free_ports(3)
    tls = TLSFiles(directory / "tls")
    create_master_key(directory / "master.key")
    ensure_server_certificate(tls, datetime.now(UTC))
    values = {
        "public_url": f"http://localhost:{port}",
        "certificate_url": f"https://{{label}}.cert.localhost:{certificate_port}",
        "database_url": databases.database_url,
        "redis_url": databases.redis_url,
        "master_key_file": str(directory / "master.key"),
        "port": port,
        "certificate_port": certificate_port,
        "management_port": management_port,
        "certificate_tls_certificate_file": str(tls.server),
        "certificate_tls_key_file": str(tls.server_key),
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
    (directory / "idp.toml").write_text("\n".join(lines) + "\n")
    return read_settings(directory / "idp.toml", environ={})


@contextmanager
def _run(command: list[str], port: int, path: str, log: Path, ready_port: int | None = None) -> Iterator[Server]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    environment["PYTHONPATH"] = str(_ROOT)
    started = time.monotonic()
    with run_process(command, environment=environment, log=log) as process:
        answers = (_answers(ready_port or port, path) for _ in range(_TRIES))
        wait_until(f"{command[2]} did not start", answers, process, log)
        tree = ProcessTree(process.pid)
        yield Server(tree, port, time.monotonic() - started, tree.resident_megabytes())


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.request("GET", path)
        return connection.getresponse().status in {200, 405}
    except OSError:
        return False
    finally:
        connection.close()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports
