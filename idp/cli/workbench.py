"""What the commands that work on the database have in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from idp.clock import Clock
    from idp.encryption import Cipher
    from idp.events.tags import Tag
    from idp.models import Realm
    from idp.settings import Settings
    from idp.storage.transaction import Transaction

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="TOML file with settings; IDP_… variables win over it."),
]
RealmOption = Annotated[str, typer.Option("--realm", "-r", metavar="NAME", help="Name of the realm.")]


@dataclass(frozen=True)
class Workbench:
    """One transaction on the database, and what else a command needs."""

    settings: "Settings"
    transaction: "Transaction"
    cipher: "Cipher"
    clock: "Clock"

    @property
    def session(self) -> "Session":
        """The transaction's session."""
        return self.transaction.session

    def get_realm(self, name: str) -> "Realm":
        """Return the realm; raise `NotFound`."""
        from idp.realms.realms import get_realm

        return get_realm(self.session, name)

    def record(self, tag: "Tag", realm: "Realm", **details: Any) -> None:
        """Note that the command line did this."""
        from idp.events.record import EventRecord, save_events

        details["by"] = "command line"
        save_events(self.session, [EventRecord(tag=tag, at=self.clock.now(), realm_id=realm.id, details=details)])


@contextmanager
def open_workbench(config: Path | None) -> Iterator[Workbench]:
    """Yield the workbench for the settings in *config*; returning commits, raising rolls back.

    Raises `ConfigurationError` where the master key cannot be read or the tables are not those of this version.
    """
    from idp.clock import SystemClock
    from idp.encryption import Cipher, read_master_key
    from idp.serving.preflight import Check, verify_all, verify_database, verify_master_key
    from idp.settings import read_settings
    from idp.storage.database import Database

    settings = read_settings(config)
    verify_all(settings, (Check("master key", verify_master_key), Check("database", verify_database)))
    database = Database(settings.database_url, pool_size=1)
    cipher = Cipher(read_master_key(settings.master_key_file))
    try:
        with database.begin() as transaction:
            yield Workbench(settings, transaction, cipher, SystemClock())
    finally:
        database.close()
