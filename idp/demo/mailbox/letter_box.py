"""The messages, as they came, in a file that outlives a restart."""

import json
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from idp.demo.mailbox.letters import Letter, read_letter

_CAPACITY = 1000
_TABLE = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at TEXT NOT NULL,
    sender TEXT NOT NULL, recipients TEXT NOT NULL, source BLOB NOT NULL
)"""


@dataclass(frozen=True)
class ReceivedLetter:
    """One message with its envelope; `received_at` is aware, in UTC."""

    id: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    source: bytes
    letter: Letter


class LetterBox:
    """Keep the newest thousand messages in the file *path*."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._execute(_TABLE)

    def keep(self, sender: str, recipients: Sequence[str], source: bytes) -> None:
        """Add a message, and forget the oldest where there are too many."""
        values = (datetime.now(UTC).isoformat(), sender, json.dumps(list(recipients)), source)
        self._execute("INSERT INTO message (received_at, sender, recipients, source) VALUES (?, ?, ?, ?)", *values)
        self._execute("DELETE FROM message WHERE id <= (SELECT max(id) FROM message) - ?", _CAPACITY)

    def list_newest_first(self) -> list[ReceivedLetter]:
        """Return all messages, newest first."""
        return [_received(row) for row in self._execute("SELECT * FROM message ORDER BY id DESC")]

    def find(self, message_id: int) -> ReceivedLetter | None:
        """Return one message."""
        rows = self._execute("SELECT * FROM message WHERE id = ?", message_id)
        return _received(rows[0]) if rows else None

    def empty(self) -> None:
        """Delete all messages."""
        self._execute("DELETE FROM message")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _execute(self, statement: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def _received(row: Any) -> ReceivedLetter:
    message_id, received_at, sender, recipients, source = row
    letter = read_letter(source)
    return ReceivedLetter(
        id=message_id,
        received_at=datetime.fromisoformat(received_at),
        sender=letter.sender or sender,
        recipients=tuple(json.loads(recipients)),
        source=source,
        letter=letter,
    )
