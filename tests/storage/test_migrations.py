"""Migrations: both ways, on both databases, with rows in the tables, and by two processes at once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from idp.models import Base
from idp.storage import migrations
from idp.storage.database import Database
from tests.databases import Databases
from tests.storage.sample_rows import count_rows, insert_sample_rows

pytestmark = pytest.mark.every_database


@pytest.fixture
def empty_url(database_url: str, databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A database of the same kind, without tables."""
    with databases.create(database_url.partition(":")[0], tmp_path, empty=True) as url:
        yield url


def test_models_and_migrations_agree(database: Database) -> None:
    """A migrated database differs in nothing from the models, but for the indexes that PostgreSQL searches by."""
    with database.engine.connect() as connection:
        options = {"include_name": lambda name, _kind, _parents: not str(name).startswith("ix_search_")}
        context = MigrationContext.configure(connection, opts=options)

        assert compare_metadata(context, Base.metadata) == []


def test_empty_database_is_not_current(empty_url: str) -> None:
    """A database without tables has no revision."""
    assert migrations.current(empty_url) is None
    assert not migrations.is_current(empty_url)


def test_upgraded_database_is_current(empty_url: str) -> None:
    """An upgrade brings the newest revision."""
    migrations.upgrade(empty_url)

    assert migrations.is_current(empty_url)


def test_every_step_goes_up_down_and_up_again(empty_url: str) -> None:
    """Each migration can be taken back and done again, with rows in all tables."""
    for revision in revisions():
        migrations.upgrade(empty_url, revision)
        fill(empty_url)
        migrations.downgrade(empty_url, "-1")
        migrations.upgrade(empty_url, revision)

    assert migrations.is_current(empty_url)


def test_downgrade_to_base_leaves_nothing(empty_url: str) -> None:
    """Taking all migrations back removes all tables."""
    migrations.upgrade(empty_url)
    fill(empty_url)

    migrations.downgrade(empty_url, "base")

    database = Database(empty_url)
    assert inspect(database.engine).get_table_names() == ["alembic_version"]
    database.close()


def test_upgrade_of_current_database_keeps_rows(database_url: str, database: Database) -> None:
    """An upgrade with nothing to do changes nothing."""
    fill(database_url)
    with database.engine.connect() as connection:
        before = count_rows(connection)

    migrations.upgrade(database_url)

    with database.engine.connect() as connection:
        assert count_rows(connection) == before
        assert before["realm"] == 1


def test_processes_upgrading_at_once_do_not_clash(empty_url: str) -> None:
    """Whoever comes second waits, then finds nothing to do."""
    program = "import sys; from idp.storage.migrations import upgrade; upgrade(sys.argv[1])"
    command = [sys.executable, "-c", program, empty_url]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    errors = [process.communicate(timeout=60)[1] for process in processes]

    assert errors == ["", "", ""]
    assert migrations.is_current(empty_url)


def test_failed_migration_changes_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails on the way leaves the database as it was."""

    def fail(connection: object, revision: str) -> None:
        migrations.command.upgrade(migrations.build_config(connection), revision)  # type: ignore[arg-type]
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"), migrations._locked(empty_url) as connection:
        fail(connection, "head")

    assert migrations.current(empty_url) is None


def revisions() -> list[str]:
    """All revisions, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(migrations.build_config()).walk_revisions()][::-1]


def fill(url: str) -> None:
    """Put a row into every table."""
    database = Database(url)
    with database.engine.begin() as connection:
        insert_sample_rows(connection)
    database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_broken_references_on_sqlite_are_refused(empty_url: str) -> None:
    """A migration that leaves rows which refer to nothing is undone."""
    migrations.upgrade(empty_url)

    with pytest.raises(migrations.MigrationFailed), migrations._locked(empty_url) as connection:
        connection.execute(
            text("INSERT INTO recovery_code (id, user_id, digest, created_at) VALUES ('1', 'nobody', '', '2026-01-01')")
        )

    database = Database(empty_url)
    with database.engine.connect() as connection:
        assert count_rows(connection)["recovery_code"] == 0
    database.close()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_search_among_accounts_has_its_indexes(database: Database) -> None:
    """Parts of names, attributes, and pages: each by an index, not by reading every account."""
    with database.engine.connect() as connection:
        names = connection.scalars(text("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'ix_search_%'"))

        assert sorted(names) == [
            "ix_search_certificate_names",
            "ix_search_mail_recipient",
            "ix_search_user_attributes",
            "ix_search_user_names",
            "ix_search_user_page",
        ]
