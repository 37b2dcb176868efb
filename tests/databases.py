"""Databases for tests: each a copy of a template that was migrated once in the run, or used before and emptied."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from idp.models import Base
from idp.storage import migrations
from tests.services import Services

KINDS = ("sqlite", "postgresql")
_TEMPLATE = "template_migrated"


class Databases:
    """Make databases of one kind or the other, with all tables or *empty*, and remove them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._cleared: list[str] = []  # PostgreSQL needs half a second for a new one

    @contextmanager
    def create(self, kind: str, directory: Path, *, empty: bool = False) -> Iterator[str]:
        """Yield the URL of a new database; SQLite's file lies in *directory*."""
        if kind == "sqlite":
            yield self._create_file(directory / f"{uuid.uuid4().hex[:8]}.sqlite3", empty=empty)
            return
        name = self._cleared.pop() if self._cleared and not empty else self._create_database(empty=empty)
        try:
            yield self._url(name)
        finally:
            if empty or not self._clear(name):
                self._execute("DROP DATABASE {} WITH (FORCE)", name)
            else:
                self._cleared.append(name)

    def _create_file(self, path: Path, *, empty: bool) -> str:
        if not empty:
            shutil.copy(self._sqlite_template(), path)
        return f"sqlite:///{path}"

    def _sqlite_template(self) -> Path:
        template = self._services.directory / f"{_TEMPLATE}.sqlite3"
        with self._services.lock():
            if not template.exists():
                part = template.with_suffix(".part")
                migrations.upgrade(f"sqlite:///{part}")
                part.rename(template)
        return template

    def _create_database(self, *, empty: bool) -> str:
        self._services.postgresql()
        name = f"test_{uuid.uuid4().hex[:12]}"
        if empty:
            self._execute("CREATE DATABASE {}", name)
            return name
        done = self._services.directory / f"{_TEMPLATE}.postgresql"
        with self._services.lock():
            if not done.exists():
                self._execute("CREATE DATABASE {}", _TEMPLATE)
                migrations.upgrade(self._url(_TEMPLATE))
                done.touch()
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, _TEMPLATE)
        return name

    def _clear(self, name: str) -> bool:
        tables = sql.SQL(", ").join(sql.Identifier(table) for table in Base.metadata.tables)
        try:
            with psycopg.connect(self._url(name), autocommit=True) as connection:
                connection.execute("SET lock_timeout = '2s'")
                connection.execute(sql.SQL("TRUNCATE {}").format(tables))
        except psycopg.Error:  # a connection that a test left open, a table it dropped
            return False
        return True

    def _url(self, name: str) -> str:
        return make_url(self._services.postgresql()).set(database=name).render_as_string(hide_password=False)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._services.postgresql(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
