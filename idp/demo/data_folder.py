"""The demo's data folder: marked as one, so that nothing else is ever deleted, and used by one demo at a time."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from idp.demo.tls import TLSFiles
from idp.errors import ConfigurationError

MARKER = ".countersign-demo"
_TLS = "tls"


class DataFolder:
    """Names of what is kept under *path*."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.master_key = self.path / "master.key"
        self.database = self.path / "idp.sqlite3"
        self.tls = TLSFiles(self.path / _TLS)

    def prepare(self) -> None:
        """Make the folder; raise `ConfigurationError` where that cannot be, or where it is somebody else's."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._is_marked():
                self._refuse_strangers()
                (self.path / MARKER).write_text("A data folder of `idp demo`; `idp demo --reset` empties it.\n")
        except OSError as error:
            raise self._unusable(error) from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise ConfigurationError(f"the data folder {self.path} cannot be written")

    def reset(self) -> None:
        """Delete everything but the TLS root, which browsers may trust; raise `ConfigurationError`."""
        if not self.path.exists():
            return
        if not self._is_marked():
            raise ConfigurationError(f"{self.path} is not a data folder of the demo: nothing was deleted")
        try:
            for entry in self.path.iterdir():
                if entry.name not in {MARKER, _TLS}:
                    shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
        except OSError as error:
            raise self._unusable(error) from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder while the demo runs; raise `ConfigurationError` when another one does."""
        try:
            file = (self.path / MARKER).open("a")
        except OSError as error:
            raise self._unusable(error) from error
        with file:
            if not _try_to_lock(file):
                raise ConfigurationError(f"another demo is running on the data folder {self.path}")
            yield

    def _is_marked(self) -> bool:
        return (self.path / MARKER).is_file()

    def _refuse_strangers(self) -> None:
        if any(self.path.iterdir()):
            raise ConfigurationError(f"{self.path} holds other files: name an empty or a new folder with --data")

    def _unusable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"the data folder {self.path} cannot be used: {error.strerror}")


def _try_to_lock(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: two demos on one folder are the user's own doing
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
