"""A person's certificates on Linux: the NSS database below their home, which Chromium reads."""

import os
import subprocess
from pathlib import Path

from tests.services import require_binary

_PACKAGE = "libnss3-tools"


class NSSDatabase:
    """The database below *home*; made with `create`."""

    def __init__(self, home: Path) -> None:
        self._directory = home / ".pki" / "nssdb"
        self._certutil = require_binary("certutil", package=_PACKAGE)
        self._pk12util = require_binary("pk12util", package=_PACKAGE)

    def create(self) -> None:
        """Make an empty database without a password."""
        self._directory.mkdir(parents=True)
        self._run(self._certutil, "-N", "--empty-password")

    def trust_for_servers(self, root: Path) -> None:
        """Trust the PEM certificate *root* for server certificates."""
        self._run(self._certutil, "-A", "-n", f"root of {root}", "-t", "C,,", "-i", str(root))

    def install(self, file: Path, password: str) -> None:
        """Import a PKCS#12 file with its password."""
        self._run(self._pk12util, "-i", str(file), "-W", password)

    def make_request(self, file: Path) -> None:
        """Make a key that stays in the database, and write a certification request for it to *file*."""
        noise = file.with_suffix(".noise")
        noise.write_bytes(os.urandom(256))
        self._run(
            self._certutil, "-R", "-s", "CN=me", "-k", "ec", "-q", "nistp256", "-z", str(noise), "-a", "-o", str(file)
        )

    def accept(self, file: Path) -> None:
        """Put the PEM certificate *file* to its key."""
        self._run(self._certutil, "-A", "-n", "sign-in", "-t", ",,", "-a", "-i", str(file))

    def list_nicknames(self) -> list[str]:
        """Return the names of what is in the database."""
        lines = self._run(self._certutil, "-L").splitlines()
        return [line.rsplit(maxsplit=1)[0].strip() for line in lines[4:] if line.strip()]

    def _run(self, program: str, *arguments: str) -> str:
        command = [program, *arguments, "-d", f"sql:{self._directory}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout
