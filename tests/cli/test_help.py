"""`idp --help` lists every command, quickly."""

import subprocess
import sys

import pytest

from tests.cli.conftest import Run


def test_help_lists_every_command(run: Run) -> None:
    """As the contract names them."""
    result = run("--help")
    assert result.code == 0
    for command in ("serve", "demo", "db", "realm", "user", "client", "ca", "keys", "check"):
        assert f"  {command} " in result.out


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["demo", "--help"], ["--data", "--reset", "--certificate-port", "--mailbox-port", "trust"]),
        (["demo", "trust", "--help"], ["--remove"]),
        (["db", "--help"], ["upgrade", "current"]),
        (["user", "create", "--help"], ["--realm", "--password-stdin"]),
    ],
)
def test_help_of_a_command_names_its_options(run: Run, command: list[str], expected: list[str]) -> None:
    """Options can be found without the documentation."""
    result = run(*command)
    assert result.code == 0
    for word in expected:
        assert word in result.out


def test_unknown_option_is_refused(run: Run) -> None:
    """Exit code 2, as for every wrong word on a command line."""
    assert run("serve", "--colour", "red").code == 2


def test_command_line_imports_late() -> None:
    """Help must not wait for the database, the web framework or cryptography."""
    heavy = ["sqlalchemy", "starlette", "cryptography", "authlib", "alembic", "pydantic", "uvicorn"]
    code = f"import sys, idp.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_starting_does_not_import_what_it_does_not_need() -> None:
    """The migrations' library and the Redis client cost a tenth of the time to start."""
    code = "import sys, idp.demo.run; print([name for name in ('alembic', 'redis') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
