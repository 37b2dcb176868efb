"""`idp demo` refuses a folder before it starts anything."""

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
