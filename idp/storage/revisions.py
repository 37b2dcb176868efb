"""Which revision a database is at, and which this version has: without Alembic, whose import costs every start time."""

import re
from pathlib import Path

from sqlalchemy import text

from idp.resources import migrations_directory
from idp.storage.database import create_engine_for, normalise_url

_REVISION = re.compile(r"^revision\b[^=]*= ['\"](\w+)['\"]$", re.MULTILINE)
_DOWN_REVISION = re.compile(r"^down_revision\b[^=]*= ['\"](\w+)['\"]$", re.MULTILINE)


def current(database_url: str) -> str | None:
    """Return the revision the database is at, None where it has no tables."""
    url = normalise_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return None  # to look must not create the file
    engine = create_engine_for(url, pool_size=1)
    try:
        with engine.connect() as connection:
            if not engine.dialect.has_table(connection, "alembic_version"):
                return None
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found
    finally:
        engine.dispose()


def is_current(database_url: str) -> bool:
    """Return whether the database is at the revision of this version's tables."""
    return current(database_url) == find_head()


def find_head() -> str:
    """Return the newest revision there is: the one that no other follows."""
    sources = [path.read_text(encoding="utf-8") for path in (migrations_directory() / "versions").glob("*.py")]
    known = {match[1] for source in sources for match in _REVISION.finditer(source)}
    followed = {match[1] for source in sources for match in _DOWN_REVISION.finditer(source)}
    (head,) = known - followed
    return head
