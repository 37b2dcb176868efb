"""The demo's data folder: only a folder of the demo is ever emptied, and one demo runs on it at a time."""

from pathlib import Path

import pytest

from idp.demo.data_folder import MARKER, DataFolder
from idp.errors import ConfigurationError


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """A prepared folder."""
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


def test_new_folder_is_private_and_marked(folder: DataFolder) -> None:
    """Keys will lie in it."""
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert (folder.path / MARKER).is_file()


def test_prepared_folder_can_be_prepared_again(folder: DataFolder) -> None:
    """Nothing in it is touched."""
    (folder.path / "master.key").write_text("x")
    folder.prepare()
    assert (folder.path / "master.key").read_text() == "x"


def test_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    """A slip in --data must not scatter files into somebody's work."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigurationError, match="holds other files"):
        DataFolder(tmp_path).prepare()


def test_reset_of_a_folder_that_is_none_of_ours_deletes_nothing(tmp_path: Path) -> None:
    """Only the marker makes a folder a data folder."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ConfigurationError, match="nothing was deleted"):
        DataFolder(tmp_path).reset()
    assert (tmp_path / "thesis.txt").exists()


def test_reset_keeps_the_tls_root_alone(folder: DataFolder, tmp_path: Path) -> None:
    """Browsers may trust the root; a link out of the folder is removed, what it leads to is not."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("x")
    folder.tls.directory.mkdir()
    for name in ("idp.sqlite3", "master.key", "tls/root.pem"):
        (folder.path / name).write_text("x")
    (folder.path / "sub").mkdir()
    (folder.path / "link").symlink_to(outside)
    folder.reset()
    assert sorted(entry.name for entry in folder.path.iterdir()) == [MARKER, "tls"]
    assert (outside / "file").exists()


def test_reset_of_a_missing_folder_does_nothing(tmp_path: Path) -> None:
    """`--reset` on a first start is a first start."""
    DataFolder(tmp_path / "data").reset()
    assert not (tmp_path / "data").exists()


def test_second_demo_on_the_folder_is_refused(folder: DataFolder) -> None:
    """Two demos would move each other's addresses; after the first has ended the next may start."""
    with folder.lock(), pytest.raises(ConfigurationError, match="another demo"), DataFolder(folder.path).lock():
        pass
    with DataFolder(folder.path).lock():
        pass


@pytest.mark.parametrize("below", ["file", "file/data"])
def test_folder_that_cannot_be_made_is_told(tmp_path: Path, below: str) -> None:
    """One line with the path and the system's reason."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        DataFolder(tmp_path / below).prepare()
