"""What all tests share: a clock, databases, Redis, and no way out of this machine.

`database_url` is SQLite. A test marked ``every_database`` runs on SQLite and on PostgreSQL; with the option
``--every-database`` all tests that use a database do.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from idp.storage.database import Database
from idp.storage.ephemeral import EphemeralStore
from idp.storage.open import open_store
from tests.clock import FixedClock
from tests.databases import KINDS, Databases
from tests.network import loopback_only
from tests.services import LEFT_OUT, REQUIRE_VARIABLE, Services

_services_key = pytest.StashKey[Services]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that runs everything on every database."""
    parser.addoption("--every-database", action="store_true", help="run all database tests on PostgreSQL too")


def pytest_configure(config: pytest.Config) -> None:
    """Make the directory that the workers of this run share."""
    config.addinivalue_line("markers", "every_database: runs on SQLite and on PostgreSQL")
    given = getattr(config, "workerinput", {}).get("services")
    if given is None:
        # Short, because the path of a Unix socket has at most 107 bytes; open, because PostgreSQL is not root.
        directory = Path(tempfile.mkdtemp(prefix="idp-tests-"))
        directory.chmod(0o711)
        given = (str(directory), os.getpid())
    config.stash[_services_key] = Services(Path(given[0]), given[1])


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist which directory that is."""
    node.workerinput["services"] = (str(node.config.stash[_services_key].directory), os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers at the end of the run, not at the end of a worker."""
    if not hasattr(config, "workerinput") and _services_key in config.stash:
        config.stash[_services_key].stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on both databases where it, or the command line, asks for that."""
    everywhere = metafunc.definition.get_closest_marker("every_database") or metafunc.config.getoption("every_database")
    chosen = any("database_url" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize"))
    if everywhere and not chosen and "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", KINDS, indirect=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say what was left out, and what to install for it."""
    counts: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if reason.startswith(LEFT_OUT):
            counts[reason] = counts.get(reason, 0) + 1
    if counts:
        terminalreporter.section("left out")
        for reason, count in sorted(counts.items()):
            terminalreporter.line(f"{count} tests: {reason.removeprefix(LEFT_OUT)}")
        terminalreporter.line(f"Install them with apt-get; {REQUIRE_VARIABLE}=1 makes them failures.")


@pytest.fixture(scope="session", autouse=True)
def network_guard() -> Iterator[None]:
    """Refuse connections that leave this machine."""
    with loopback_only():
        yield


@pytest.fixture(scope="session")
def services(pytestconfig: pytest.Config) -> Services:
    """The servers of this run, started when first asked for."""
    return pytestconfig.stash[_services_key]


@pytest.fixture(scope="session")
def databases(services: Services) -> Databases:
    """A factory of databases, for fixtures with a wider scope than a test."""
    return Databases(services)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database of the test's own."""
    with databases.create(getattr(request, "param", "sqlite"), tmp_path) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database of the test's own."""
    database = Database(database_url, pool_size=5)
    yield database
    database.close()


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands still."""
    return FixedClock()


@pytest.fixture
def store(database: Database, clock: FixedClock) -> Iterator[EphemeralStore]:
    """The database's store for short-lived state."""
    store = open_store(database, None, clock)
    yield store
    store.close()


@pytest.fixture
def redis_url(services: Services) -> str:
    """The URL of an empty Redis database of this worker's own."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    url = f"unix://{services.redis()}?db={worker}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url
