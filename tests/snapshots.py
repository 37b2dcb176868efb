"""A way back to how everything was: for tests whose requests may destroy what the next one needs."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from idp.web.services import Services


@dataclass(frozen=True)
class Snapshot:
    """The SQLite database of a provider as it was."""

    services: Services
    database: Path
    copy: Path

    @classmethod
    def take(cls, services: Services, directory: Path) -> "Snapshot":
        """Copy the database into *directory*."""
        database = services.database.engine.url.database
        assert database is not None
        snapshot = cls(services, Path(database), directory / "snapshot.sqlite3")
        _copy(snapshot.database, snapshot.copy)
        return snapshot

    def restore(self) -> None:
        """Make everything as it was."""
        _copy(self.copy, self.database)
        for cache in (self.services.realms, self.services.clients, self.services.keyrings):
            cache.clear()


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written)
