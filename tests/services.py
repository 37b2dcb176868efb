"""The servers that tests need: one PostgreSQL and one Redis for all workers of a run.

The first worker that needs a server starts a supervisor for it (this module as a program). The supervisor starts
the server, says that it is ready, waits until the test run has ended, however it ended, and stops the server.
"""

import ctypes
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest

REQUIRE_VARIABLE = "IDP_TEST_REQUIRE_SERVICES"
LEFT_OUT = "left out: "
_ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS = 30
_STOP_SECONDS = 15
_PR_SET_PDEATHSIG = 1
Launched = tuple[subprocess.Popen[bytes], str, Callable[[], bool]]
_running: list[subprocess.Popen[str]] = []


def require_binary(name: str, *, package: str) -> str:
    """Return the path of the program *name*, or leave the test out, naming the Debian *package* to install."""
    for directory in (None, *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)):
        if path := shutil.which(name, path=directory):
            return path
    return leave_out(f"needs the program {name}, of Debian's package {package}")


def leave_out(reason: str) -> NoReturn:
    """Skip the test and tell so at the end of the run; fail where services are required."""
    if os.environ.get(REQUIRE_VARIABLE) == "1":
        pytest.fail(f"{REQUIRE_VARIABLE}=1 and the test {reason}", pytrace=False)
    pytest.skip(LEFT_OUT + reason)


class Services:
    """The servers of one run. *directory* and *owner* (the run's process id) are the same in all its workers."""

    def __init__(self, directory: Path, owner: int) -> None:
        self.directory = directory
        self._owner = owner

    def postgresql(self) -> str:
        """Return the URL of the server's maintenance database."""
        binaries = {name: require_binary(name, package="postgresql") for name in ("initdb", "postgres")}
        return self._address("postgresql", binaries)

    def redis(self) -> str:
        """Return the path of the server's socket."""
        return self._address("redis", {"redis-server": require_binary("redis-server", package="redis-server")})

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run's lock: one worker at a time."""
        with (self.directory / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def stop(self) -> None:
        """Stop all servers and wait until they are gone."""
        for state in self.directory.glob("*.json"):
            _end(json.loads(state.read_text())["supervisor"])
        shutil.rmtree(self.directory, ignore_errors=True)

    def _address(self, name: str, binaries: dict[str, str]) -> str:
        state = self.directory / f"{name}.json"
        if not state.exists():
            with self.lock():
                if not state.exists():
                    self._start(name, binaries, state)
        return json.loads(state.read_text())["address"]

    def _start(self, name: str, binaries: dict[str, str], state: Path) -> None:
        command = [sys.executable, "-m", "tests.services", name, str(self.directory), str(self._owner)]
        supervisor = subprocess.Popen(
            [*command, json.dumps(binaries)],
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,  # Ctrl-C is for the tests; the server goes when they have gone
        )
        _running.append(supervisor)
        answer = supervisor.stdout.readline().strip()
        if not answer:
            pytest.fail(f"{name} did not start: see {self.directory}/{name}.log", pytrace=False)
        part = state.with_suffix(".part")
        part.write_text(json.dumps({"address": answer, "supervisor": supervisor.pid}))
        part.rename(state)


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    _wait_for_end(pid, _STOP_SECONDS)


def _wait_for_end(pid: int, seconds: float | None = None) -> None:
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        select.select([descriptor], [], [], seconds)
        os.close(descriptor)
        return
    deadline = None if seconds is None else time.monotonic() + seconds
    while _alive(pid) and (deadline is None or time.monotonic() < deadline):
        time.sleep(0.2)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _supervise(name: str, directory: Path, owner: int, binaries: dict[str, str]) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    home = directory / name
    home.mkdir(mode=0o700)
    launch = {"postgresql": _launch_postgresql, "redis": _launch_redis}[name]
    with (directory / f"{name}.log").open("wb") as log:
        server, address, answers = launch(home, binaries, log)
    try:
        _wait_until_ready(server, answers)
        print(address, flush=True)
        _wait_for_end(owner)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(_STOP_SECONDS)
        shutil.rmtree(home, ignore_errors=True)
        if not _alive(owner):
            shutil.rmtree(directory, ignore_errors=True)


def _launch_postgresql(home: Path, binaries: dict[str, str], log: Any) -> Launched:
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        account = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(home, "postgres", "postgres")
    data = home / "data"
    subprocess.run(
        [binaries["initdb"], "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"],
        check=True, stdout=log, stderr=log, cwd="/", **account,
    )  # fmt: skip
    quick = {
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB",
        "max_connections": "200", "autovacuum": "off", "listen_addresses": "", "unix_socket_directories": home,
    }  # fmt: skip
    options = [part for key, value in quick.items() for part in ("-c", f"{key}={value}")]
    server = _popen([binaries["postgres"], "-D", data, *options], log, account)
    address = f"postgresql://postgres@/postgres?host={home}"
    return server, address, lambda: _postgresql_answers(address)


def _launch_redis(home: Path, binaries: dict[str, str], log: Any) -> Launched:
    socket = home / "socket"
    options = ["--port", "0", "--unixsocket", socket, "--save", "", "--databases", "512", "--dir", home]
    return _popen([binaries["redis-server"], *options], log, {}), str(socket), socket.exists


def _popen(command: list[Any], log: Any, account: dict[str, Any]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        preexec_fn=_die_with_parent,  # noqa: PLW1509 - the supervisor has one thread
        **account,
    )


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _wait_until_ready(server: subprocess.Popen[bytes], answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not answers():
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit("the server did not start")
        time.sleep(0.02)


def _postgresql_answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


if __name__ == "__main__":
    _supervise(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), json.loads(sys.argv[4]))
