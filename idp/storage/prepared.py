"""Statements compiled once and handed to the driver as they are.

What SQLAlchemy does around a statement costs several times what SQLite or psycopg take for it, so the statements that every
request waits for go this way. SQLAlchemy still writes their SQL, and its types convert every value.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import BindParameter, Executable
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]


class Prepared:
    """*statement* for one *dialect*: its SQL, and how its values go in and its rows come out.

    Parameters are named; what stands in the statement as a literal stays as it is. No lists (``IN``).
    """

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = compile_statement(statement, dialect)
        self.sql = str(compiled)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        converters = {name: _bind_converter(bind, dialect) for name, bind in binds.items()}
        self._converters = tuple((name, convert) for name, convert in converters.items() if convert is not None)
        self._literals = {name: bind.value for name, bind in binds.items() if not bind.required}
        columns = getattr(statement, "exported_columns", {})
        self._row: Any = namedtuple("Row", columns.keys())  # type: ignore[misc]
        self._results = tuple(_result_converters([column.type for column in columns.values()], dialect))

    def bind(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the driver's values for *parameters*."""
        values = {**self._literals, **parameters}
        for name, convert in self._converters:
            values[name] = convert(values[name])
        return values

    def read(self, row: Iterable[Any]) -> Any:
        """Return the driver's *row* as a named tuple."""
        values = list(row)
        for index, convert in self._results:
            values[index] = convert(values[index])
        return self._row._make(values)


def compile_statement(statement: Executable, dialect: Dialect) -> SQLCompiler:
    """Return *statement* compiled for *dialect*, with named parameters on SQLite too."""
    if dialect.name == "sqlite":
        dialect = SQLiteDialect_pysqlite(paramstyle="named")
    compiled: SQLCompiler = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    return compiled


def _bind_converter(bind: BindParameter[Any], dialect: Dialect) -> Convert | None:
    return bind.type.dialect_impl(dialect).bind_processor(dialect)


def _result_converters(types: Iterable[TypeEngine[Any]], dialect: Dialect) -> Iterable[tuple[int, Convert]]:
    for index, type_ in enumerate(types):
        convert = type_.dialect_impl(dialect).result_processor(dialect, None)
        if convert is not None:
            yield index, convert
