"""A realm that `idp realm create` made once in a process, and copies of it: its keys take a while to make."""

import os
import sqlite3
from pathlib import Path

from tests.cli.conftest import Run

_planted: dict[tuple[str, ...], tuple[bytes, bytes]] = {}  # database and master key


def make_realm(run: Run, *options: str) -> str:
    """Make the realm `staff` in the empty database and under the master key that the environment names; return its name.

    It may be some minutes old.
    """
    url, key = os.environ["IDP_DATABASE_URL"], Path(os.environ["IDP_MASTER_KEY_FILE"])
    database = Path(url.removeprefix("sqlite:///"))
    if options in _planted and url.startswith("sqlite"):
        content, secret = _planted[options]
        database.write_bytes(content)
        key.write_bytes(secret)
        return "staff"
    assert run("realm", "create", "staff", *options).code == 0
    if url.startswith("sqlite"):
        with sqlite3.connect(database) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        _planted[options] = (database.read_bytes(), key.read_bytes())
    return "staff"
