"""A row for every table, made from what the database says about its columns, whatever the revision."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, func, insert, select

AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
IGNORED = "alembic_version"


def insert_sample_rows(connection: Connection) -> None:
    """Insert one row into each table; references lead to the row of the table they name."""
    for table in _tables(connection):
        connection.execute(insert(table).values({column.name: _value(column) for column in table.columns}))


def count_rows(connection: Connection) -> dict[str, int]:
    """Return the number of rows in each table."""
    return {
        table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in _tables(connection)
    }


def _tables(connection: Connection) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != IGNORED]


def _value(column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        return _value(key.column)
    python_type = column.type.python_type
    samples = {int: 1, bool: True, bytes: b"\x00\xff", dict: {"key": ["väl"]}, datetime: AT}
    return samples.get(python_type) if python_type in samples else _text(column)


def _text(column: Column[Any]) -> str:
    return f"{column.table.name}-{column.name}"[: getattr(column.type, "length", None)]
