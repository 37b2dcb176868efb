"""Code is made of small functions in small files."""

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "idp"
LONGEST_FUNCTION = 60
LONGEST_FILE = 300
REASONS_FOR_LONG_FILES: dict[str, str] = {}


def sources() -> list[Path]:
    """All modules that say something."""
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.read_text().strip()]


def functions() -> Iterator[tuple[str, int]]:
    """Each function with its length in lines, from ``def`` to its end."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{path.relative_to(PACKAGE)}:{node.lineno} {node.name}"
                yield name, (node.end_lineno or node.lineno) - node.lineno + 1


def lengths_of_files() -> dict[str, int]:
    """Each file with its length in lines."""
    return {str(path.relative_to(PACKAGE)): len(path.read_text().splitlines()) for path in sources()}


def test_no_function_is_long() -> None:
    """A function fits on a screen."""
    assert [(name, length) for name, length in functions() if length > LONGEST_FUNCTION] == []


def test_functions_are_small() -> None:
    """Half of them have at most ten lines, nine in ten at most thirty."""
    lengths = [length for _, length in functions()]

    assert statistics.median(lengths) <= 10
    assert statistics.quantiles(lengths, n=10)[-1] <= 30


def test_files_are_small() -> None:
    """Half of them have at most a hundred lines."""
    assert statistics.median(lengths_of_files().values()) <= 100


def test_long_files_have_a_reason() -> None:
    """More than three hundred lines need one, and a reason needs such a file."""
    long = {name for name, length in lengths_of_files().items() if length > LONGEST_FILE}

    assert long == REASONS_FOR_LONG_FILES.keys()


def test_no_module_is_named_for_everything() -> None:
    """A name says what is inside."""
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}

    assert [str(path) for path in sources() if path.stem in vague] == []
