"""Everything that is encrypted, brought under the present master key while others go on working.

A batch is read in one transaction and written in the next, each value only where it is still what was read: whatever somebody else
writes meanwhile wins, and is under the present key already. What a killed run has done stays done, and two runs do no harm.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, func, select, update

from idp.encryption import Cipher, DecryptionFailed
from idp.models import Base
from idp.models.base import ENCRYPTED
from idp.storage.database import Database

BATCH = 100


@dataclass(frozen=True)
class EncryptedColumn:
    """A column of encrypted values, and what they are bound to; ``{id}`` there is the row's key."""

    column: Column[bytes]
    context: str

    @property
    def name(self) -> str:
        """The table and the column."""
        return f"{self.column.table.name}.{self.column.name}"

    @property
    def table(self) -> Table:
        """The table."""
        return self.column.table

    @property
    def key(self) -> Column[str]:
        """The table's primary key."""
        (key,) = self.table.primary_key.columns
        return key

    def is_outdated(self, cipher: Cipher) -> ColumnElement[bool]:
        """Return the condition that a value is there, and under another key than the present one."""
        beginning = func.substr(self.column, 1, len(cipher.header), type_=LargeBinary)
        return self.column.is_not(None) & (beginning != cipher.header)


@dataclass(frozen=True)
class Outcome:
    """How many values were brought under the present key, and where those are that no key of the file decrypts."""

    changed: int = 0
    unreadable: tuple[str, ...] = ()


def list_encrypted_columns() -> list[EncryptedColumn]:
    """Return every column that `idp.models.base.encrypted` marks."""
    columns = (column for table in Base.metadata.sorted_tables for column in table.columns)
    return [EncryptedColumn(column, column.info[ENCRYPTED]) for column in columns if ENCRYPTED in column.info]


def count_outdated(database: Database, cipher: Cipher) -> dict[str, int]:
    """Return how many values of which column need a former key; a column without any is left out."""
    counts = {}
    with database.transaction() as session:
        for column in list_encrypted_columns():
            outdated = select(func.count()).select_from(column.table).where(column.is_outdated(cipher))
            counts[column.name] = session.scalar(outdated) or 0
    return {name: count for name, count in counts.items() if count}


def re_encrypt(
    database: Database, cipher: Cipher, *, batch: int = BATCH, on_batch: Callable[[], object] = lambda: None
) -> Outcome:
    """Bring every value under the present key; *on_batch* is called after each transaction."""
    changed, unreadable = 0, list[str]()
    for column in list_encrypted_columns():
        for rows in _iterate_batches(database, cipher, column, batch):
            done, failed = _write(database, cipher, column, rows)
            changed, unreadable = changed + done, [*unreadable, *failed]
            on_batch()
    return Outcome(changed, tuple(unreadable))


def _iterate_batches(
    database: Database, cipher: Cipher, column: EncryptedColumn, batch: int
) -> Iterator[Sequence[tuple[str, bytes]]]:
    last = ""
    outdated = select(column.key, column.column).where(column.is_outdated(cipher)).order_by(column.key).limit(batch)
    while True:
        with database.transaction() as session:
            rows = [(key, value) for key, value in session.execute(outdated.where(column.key > last))]
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _write(
    database: Database, cipher: Cipher, column: EncryptedColumn, rows: Sequence[tuple[str, bytes]]
) -> tuple[int, list[str]]:
    changed, unreadable = 0, []
    with database.transaction() as session:
        for key, old in rows:
            context = column.context.format(id=key)
            try:
                new = cipher.encrypt(cipher.decrypt(old, context), context)
            except DecryptionFailed:
                unreadable.append(f"{column.name} of {key}")
                continue
            unchanged: Any = (column.key == key) & (column.column == old)
            result = session.execute(update(column.table).where(unchanged).values({column.column.name: new}))
            changed += result.rowcount  # type: ignore[attr-defined]
    return changed, unreadable
