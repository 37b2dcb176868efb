"""Private database servers, for the length of a run, on sockets in a folder; they keep what they are told as in production."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from bench.processes import ProcessTree, run_process, wait_until
from idp.storage import migrations

_TRIES = 3000


@dataclass(frozen=True)
class Databases:
    """Where the provider keeps its data, and the processes that this costs."""

    name: str
    database_url: str
    redis_url: str | None
    processes: tuple[ProcessTree, ...]

    def cpu_seconds(self) -> float:
        """Return the CPU time of the database servers."""
        return sum(tree.cpu_seconds() for tree in self.processes)


@contextmanager
def open_sqlite(directory: Path) -> Iterator[Databases]:
    """Yield an empty SQLite database with all tables; its CPU is the provider's own."""
    url = f"sqlite:///{directory / 'idp.sqlite3'}"
    migrations.upgrade(url)
    yield Databases("SQLite", url, None, ())


@contextmanager
def open_postgresql_and_redis(directory: Path) -> Iterator[Databases]:
    """Yield an empty PostgreSQL database with all tables, and a Redis that keeps nothing on disk."""
    with ExitStack() as stack:
        postgresql_url, postgresql = stack.enter_context(_run_postgresql(directory / "postgresql"))
        redis_url, redis = stack.enter_context(_run_redis(directory / "redis"))
        migrations.upgrade(postgresql_url)
        yield Databases("PostgreSQL and Redis", postgresql_url, redis_url, (postgresql, redis))


@contextmanager
def open_postgresql(directory: Path) -> Iterator[Databases]:
    """Yield a PostgreSQL database with all tables, with what was left in *directory* the last time."""
    with _run_postgresql(directory / "postgresql") as (url, postgresql):
        migrations.upgrade(url)
        yield Databases("PostgreSQL", url, None, (postgresql,))


@contextmanager
def _run_postgresql(home: Path) -> Iterator[tuple[str, ProcessTree]]:
    home.mkdir(exist_ok=True)
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user = "postgres"
        shutil.chown(home, user)
    data, log = home / "data", home.with_suffix(".log")
    if not data.exists():
        subprocess.run(  # noqa: S603 (a program of this machine)
            [_find("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
            check=True, stdout=subprocess.DEVNULL, cwd="/", user=user,
        )  # fmt: skip
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={home}"]
    url = f"postgresql://postgres@/postgres?host={home}"
    with run_process([_find("postgres"), "-D", data, *options], user=user, log=log) as process:
        wait_until("PostgreSQL did not start", (_answers(url) for _ in range(_TRIES)), process, log)
        yield url, ProcessTree(process.pid)


@contextmanager
def _run_redis(home: Path) -> Iterator[tuple[str, ProcessTree]]:
    home.mkdir()
    socket, log = home / "socket", home.with_suffix(".log")
    command = [_find("redis-server"), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(home)]
    with run_process(command, log=log) as process:
        wait_until("Redis did not start", (socket.exists() for _ in range(_TRIES)), process, log)
        yield f"unix://{socket}", ProcessTree(process.pid)


def _find(name: str) -> str:
    for directory in (None, *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)):
        if path := shutil.which(name, path=directory):
            return path
    raise SystemExit(f"the program {name} is needed: install PostgreSQL and Redis, or use --only sqlite")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
