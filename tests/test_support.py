"""The tests' own tools: no way out of the machine, no server that outlives a run, nothing left out in silence."""

import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.clock import START, FixedClock
from tests.network import NetworkForbidden
from tests.services import Services

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80), ("example.org", 80)])
def test_connection_that_leaves_the_machine_is_forbidden(address: tuple[str, int]) -> None:
    """A test that needs the network fails at once, with the address."""
    with pytest.raises(NetworkForbidden, match=address[0]):
        socket.create_connection(address)


def test_loopback_is_allowed() -> None:
    """Tests talk to servers of their own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


def test_clock_moves_only_when_told() -> None:
    """Time stands still until `advance`."""
    clock = FixedClock()
    assert clock.now() == clock.now() == START

    assert (clock.advance(minutes=1) - START).total_seconds() == 60


@pytest.mark.redis
def test_server_ends_with_its_run(tmp_path: Path) -> None:
    """A run that is killed leaves no server behind, and no files."""
    owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    directory = tmp_path / "s"
    directory.mkdir()
    socket_path = Path(Services(directory, owner.pid).redis())
    supervisor = int(subprocess.check_output(["pgrep", "-f", f"tests.services redis {directory} "]).split()[0])
    assert socket_path.exists()
    waiting = os.pidfd_open(supervisor)

    owner.kill()
    owner.communicate()
    os.waitid(os.P_PIDFD, waiting, os.WEXITED)
    os.close(waiting)

    assert not directory.exists()


def run_without_servers(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one test that needs Redis where there is none."""
    test = tmp_path / "test_it.py"
    test.write_text(
        textwrap.dedent(
            """

            def test_it(redis_url):
                '''Needs Redis.'''
            """
        )
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(ROOT), "-c",
               str(ROOT / "pyproject.toml"), "-p", "tests.conftest", str(test)]  # fmt: skip
    variables = {"PATH": str(tmp_path), "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), **environment}
    return subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_missing_server_is_named_at_the_end(tmp_path: Path) -> None:
    """Who runs the tests is told what was left out and what to install."""
    result = run_without_servers(tmp_path)

    assert result.returncode == 0
    assert "left out" in result.stdout
    assert "1 tests: needs the program redis-server, of Debian's package redis-server" in result.stdout


def test_missing_server_fails_where_services_are_required(tmp_path: Path) -> None:
    """The continuous integration leaves nothing out."""
    result = run_without_servers(tmp_path, IDP_TEST_REQUIRE_SERVICES="1")

    assert result.returncode == 1
    assert "needs the program redis-server" in result.stdout
