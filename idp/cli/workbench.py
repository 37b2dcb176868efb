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
    from idp.notices.notice import Sender
    from idp.pki.authority_keys import AuthorityKeyStore
    from idp.settings import Settings
    from idp.storage.database import Database
    from idp.storage.transaction import Transaction
    from idp.users.passwords import PasswordHasher

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

    @property
    def authority_keys(self) -> "AuthorityKeyStore":
        """Where the authorities' keys are."""
        from idp.pki.authority_keys import DatabaseKeys

        return DatabaseKeys(self.cipher)

    def get_realm(self, name: str) -> "Realm":
        """Return the realm; raise `NotFound`."""
        from idp.realms.realms import get_realm

        return get_realm(self.session, name)

    @property
    def hasher(self) -> "PasswordHasher":
        """What hashes passwords, at the cost that is set."""
        return build_hasher(self.settings)

    @property
    def sender(self) -> "Sender":
        """What it takes to write to people."""
        from idp.notices.notice import Sender
        from idp.themes import open_themes

        return Sender(self.settings.public_url, self.cipher, self.clock, open_themes(self.settings.themes_dir))

    def record(self, tag: "Tag", realm: "Realm", *, user_id: str | None = None, **details: Any) -> None:
        """Note that the command line did this, and to whom."""
        from idp.events.record import EventRecord, save_events

        details["by"] = "command line"
        event = EventRecord(tag=tag, at=self.clock.now(), realm_id=realm.id, user_id=user_id, details=details)
        save_events(self.session, [event])


@dataclass(frozen=True)
class Tools:
    """A database that is ready, and what else a command needs that makes transactions of its own."""

    settings: "Settings"
    database: "Database"
    cipher: "Cipher"
    clock: "Clock"


@contextmanager
def open_tools(config: Path | None) -> Iterator[Tools]:
    """Yield the tools for the settings in *config*.

    Raises `ConfigurationError` where the master key cannot be read or the tables are not those of this version.
    """
    from idp.clock import SystemClock
    from idp.encryption import Cipher
    from idp.serving.preflight import Check, verify_all, verify_database, verify_master_key
    from idp.settings import read_settings
    from idp.storage.database import Database

    settings = read_settings(config)
    verify_all(settings, (Check("master key", verify_master_key), Check("database", verify_database)))
    database = Database(settings.database_url, pool_size=1)
    cipher = Cipher.from_file(settings.master_key_file)
    try:
        yield Tools(settings, database, cipher, SystemClock())
    finally:
        database.close()


@contextmanager
def open_workbench(config: Path | None) -> Iterator[Workbench]:
    """Yield the workbench for the settings in *config*; returning commits, raising rolls back. Raises as `open_tools` does."""
    with open_tools(config) as tools, tools.database.begin() as transaction:
        yield Workbench(tools.settings, transaction, tools.cipher, tools.clock)


def build_hasher(settings: "Settings") -> "PasswordHasher":
    """Return what hashes passwords, at the cost that is set."""
    from idp.users.passwords import Argon2Parameters, PasswordHasher

    return PasswordHasher(
        Argon2Parameters(settings.argon2_memory_kib, settings.argon2_iterations, settings.argon2_lanes)
    )
