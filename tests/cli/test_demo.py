"""`idp demo` refuses a folder before it starts anything."""

import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run


def test_folder_that_cannot_be_written_is_one_line(run: Run, tmp_path: Path) -> None:
    """With the path and the reason."""
    (tmp_path / "file").write_text("x")
    result = run("demo", "--data", tmp_path / "file" / "data")
    assert result.code == 2
    assert result.err == f"idp: the data folder {tmp_path}/file/data cannot be used: Not a directory\n"


@pytest.mark.parametrize("options", [[], ["--reset"]])
def test_folder_of_somebody_else_is_left_alone(run: Run, tmp_path: Path, options: list[str]) -> None:
    """Whether or not it was to be emptied."""
    (tmp_path / "thesis.txt").write_text("years of work")
    result = run("demo", "--data", tmp_path, *options)
    assert result.code == 2
    assert "holds other files" in result.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.txt"]


def test_missing_package_is_told_with_the_extra(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The provider alone was installed: the line says what the demo needs."""
    for name in [name for name in sys.modules if name.startswith(("idp.demo.run", "idp.demo.mailbox", "aiosmtpd"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "aiosmtpd.smtp", None)
    result = run("demo", "--data", tmp_path / "data")
    assert result.code == 2
    assert result.err == "idp: the demo needs the package aiosmtpd.smtp: pip install 'idp[demo]'\n"
