"""What the code imports is what `pyproject.toml` asks for, so that a fresh installation has it."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OWN = {"_typeshed", "idp", "tests", "tools", "bench", "migrations"}
FOLDERS = ["idp", "tests", "tools", "bench", "migrations"]


@cache
def declared() -> set[str]:
    """The names of the distributions in every list of `pyproject.toml`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    return {normal(re.split(r"[\[><=;! ]", requirement)[0]) for requirements in lists for requirement in requirements}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(folder: str) -> dict[str, str]:
    """The top-level modules that a folder's files import, each with one file that does."""
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [str(node.module)]
            else:
                continue
            found.update({name.split(".")[0]: str(path.relative_to(ROOT)) for name in names})
    return found


@pytest.mark.parametrize("folder", FOLDERS)
def test_whatever_is_imported_is_declared(folder: str) -> None:
    distributions = packages_distributions()
    foreign = {
        name: path for name, path in imported(folder).items() if name not in sys.stdlib_module_names and name not in OWN
    }

    undeclared = {
        name: path
        for name, path in foreign.items()
        if not declared() & {normal(distribution) for distribution in distributions.get(name, [name])}
    }

    assert not undeclared
