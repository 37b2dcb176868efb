"""Imports on a database of one's own."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from idp.encryption import Cipher, create_master_key
from idp.storage.database import Database
from idp.transfer.importing import Progress, import_export
from idp.transfer.job import Job, Means, OnConflict
from idp.transfer.report import Line, Outcome, Report
from idp.transfer.units import build_unit
from tests.clock import FixedClock
from tests.people import HASHER


@dataclass
class Told:
    """What an import has reported."""

    lines: list[Line] = field(default_factory=list)

    def texts(self, outcome: Outcome, kind: str = "") -> list[str]:
        return [
            f"{line.name}: {line.text}" for line in self.lines if line.outcome == outcome and kind in {"", line.kind}
        ]

    def names(self, outcome: Outcome, kind: str) -> list[str]:
        return [line.name.partition(" (")[0] for line in self.lines if line.outcome == outcome and line.kind == kind]


@dataclass
class Desk:
    """Imports documents and files."""

    database: Database
    means: Means
    folder: Path

    def take(self, document: Any, *, on_conflict: str = "skip", **options: Any) -> Told:
        """Import the document, text or path."""
        told = Told()
        job = Job(self.means, build_unit(self.database), Report(told.lines.append), OnConflict(on_conflict))
        path = document if isinstance(document, Path) else self.write(document)
        import_export(job, path, progress=options.pop("progress", Progress()), **options)
        return told

    def write(self, document: Any) -> Path:
        path = self.folder / "export.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        return path


@pytest.fixture
def make_desk(tmp_path: Path) -> Callable[[Database], Desk]:
    """Return what builds a desk over a database."""
    key = tmp_path / "master.key"
    create_master_key(key)
    means = Means(Cipher.from_file(key), FixedClock(), HASHER, "https://id.example.org")
    return lambda database: Desk(database, means, tmp_path)


@pytest.fixture
def desk(database: Database, make_desk: Callable[[Database], Desk]) -> Desk:
    return make_desk(database)
