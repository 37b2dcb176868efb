"""Write the migration that brings the tables to what idp/models says: ``tools/migration.py "Add a column"``.

With ``--first`` all migrations are thrown away and one is written that makes everything; only before a release.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import alembic.command
from alembic.script import ScriptDirectory

from idp.models.base import Json, UTCDateTime
from idp.resources import migrations_directory
from idp.storage import migrations
from idp.storage.database import create_engine_for, normalise_url

FIRST = "All tables of the first release."


def main() -> None:
    """Compare the models with a database at the newest revision, and write the difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message", nargs="?", default=FIRST)
    parser.add_argument("--first", action="store_true")
    arguments = parser.parse_args()
    versions = migrations_directory() / "versions"
    if arguments.first:
        for path in versions.glob("*.py"):
            path.unlink()
    with tempfile.TemporaryDirectory() as directory:
        path = write_migration(f"sqlite:///{directory}/tables.sqlite3", arguments.message)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.strip().startswith("# ###")))
    command = [sys.executable, "-m", "ruff", "format", "--quiet", "--line-length=110", "--no-force-exclude", path]
    subprocess.run(command, check=True)  # noqa: S603
    print(path)


def write_migration(database_url: str, message: str) -> Path:
    """Write the migration and return its path."""
    migrations.upgrade(database_url)
    engine = create_engine_for(normalise_url(database_url), pool_size=1)
    with engine.connect() as connection:
        config = migrations.build_config(connection)
        number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
        config.attributes["options"] = {"render_item": render_type, "render_as_batch": number > 1}
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        script: Any = alembic.command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
    engine.dispose()
    return Path(script.path)


def render_type(kind: str, item: Any, context: Any) -> str | bool:
    """Write our column types as SQLAlchemy's own, so that a migration stays what it was."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and item is Json:
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


if __name__ == "__main__":
    main()
