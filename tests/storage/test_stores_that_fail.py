"""What the stores do when they cannot be reached: one clear fact, and recovery without a restart."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import redis

from idp.errors import ConfigurationError
from idp.storage.database import Database
from idp.storage.ephemeral import StoreUnavailable
from idp.storage.open import open_store
from idp.storage.redis_store import RedisStore
from tests.clock import FixedClock
from tests.services import require_binary

MINUTE = timedelta(minutes=1)


@contextmanager
def redis_server(socket: Path) -> Iterator[None]:
    """Run a Redis of the test's own."""
    binary = require_binary("redis-server", package="redis-server")
    command = [binary, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(socket.parent)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        next(line for line in server.stdout if "ready to accept connections" in line)
        yield
    finally:
        server.terminate()
        server.communicate(timeout=10)


@pytest.mark.redis
def test_restarted_redis_is_used_again(tmp_path: Path) -> None:
    """While Redis is away the store says so; when it is back, so is the store."""
    store = RedisStore(f"unix://{tmp_path}/s")
    with redis_server(tmp_path / "s"):
        store.put("code", "k", "value", MINUTE)
        store.increment("failures", "k", MINUTE)
    with pytest.raises(StoreUnavailable, match=f"Redis at {tmp_path}/s does not answer"):
        store.get("code", "k")
    with redis_server(tmp_path / "s"):
        assert store.get("code", "k") is None
        assert store.increment("failures", "k", MINUTE) == 1
        with redis.Redis.from_url(f"unix://{tmp_path}/s") as client:
            client.script_flush()
        assert store.increment("failures", "k", MINUTE) == 2
    store.close()


@pytest.mark.parametrize("url", ["http://localhost", "localhost:6379", "redis://localhost:port"])
def test_wrong_redis_url_is_a_configuration_error(url: str) -> None:
    """A URL of another kind is refused at once."""
    with pytest.raises(ConfigurationError):
        RedisStore(url)


def test_absent_redis_is_told_without_its_password() -> None:
    """The message names the address and keeps the password."""
    store = RedisStore("redis://:hunter2@127.0.0.1:1/0")
    with pytest.raises(StoreUnavailable) as raised:
        store.ping()

    assert "127.0.0.1:1" in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_ended_postgresql_connections_are_replaced(database: Database) -> None:
    """After a restart or failover of the server, the next statement finds a new connection."""
    store = open_store(database, None, FixedClock())
    store.put("code", "k", "value", MINUTE)
    database.ping()
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    database.ping()
    assert store.take("code", "k") == "value"
    store.close()


def test_unwritable_sqlite_place_is_told(tmp_path: Path) -> None:
    """A store whose file cannot be made is one fact, not a traceback of the driver."""
    with pytest.raises(StoreUnavailable, match="absent/db"):
        open_store(Database(f"sqlite:///{tmp_path}/absent/db"), None, FixedClock())


def test_absent_postgresql_is_told_without_its_password() -> None:
    """The message names the address and keeps the password."""
    store = open_store(Database("postgresql://u:hunter2@127.0.0.1:1/d"), None, FixedClock())
    with pytest.raises(StoreUnavailable) as raised:
        store.ping()

    assert "127.0.0.1:1" in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """Something else in the place of the store's file is one fact, too."""
    (tmp_path / "db.ephemeral").write_bytes(b"no database" * 100)

    with pytest.raises(StoreUnavailable):
        open_store(Database(f"sqlite:///{tmp_path}/db"), None, FixedClock())
