"""Linux: the NSS databases of Chromium (and what else uses the shared one) and of Firefox's profiles."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from idp.demo.trust.outcome import Outcome
from idp.demo.trust.root import Root
from idp.demo.trust.tool import ToolFailed, run_tool
from idp.errors import ConfigurationError

# Chromium uses the first where it exists, else (since version 146) the second.
_SHARED = (".pki/nssdb", ".local/share/pki/nssdb")
_MORE_CHROMIUMS = ("snap/chromium/current/.pki/nssdb", "snap/chromium/current/.local/share/pki/nssdb")
_FIREFOX_PROFILES = (
    ".mozilla/firefox",
    ".config/mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/config/mozilla/firefox",
)
_INSTALL = (
    "certutil is not installed; it comes with libnss3-tools (Debian, Ubuntu), nss-tools (Fedora), nss (Arch) "
    "or mozilla-nss-tools (openSUSE)"
)


@dataclass(frozen=True)
class Database:
    """One NSS database: its folder, and certutil to work on it."""

    path: Path
    certutil: str

    def find(self, nickname: str) -> x509.Certificate | None:
        """Return the certificate of that name, or None."""
        try:
            return x509.load_pem_x509_certificate(self._run("-L", "-n", nickname, "-a"))
        except (ToolFailed, ValueError):
            return None

    def add(self, root: Root) -> None:
        """Trust the root for TLS servers; raise `ToolFailed`."""
        self._run("-A", "-n", root.name, "-t", "C,,", "-i", str(root.file))

    def delete(self, nickname: str) -> None:
        """Delete the certificate of that name; raise `ToolFailed`."""
        self._run("-D", "-n", nickname)

    def create(self) -> None:
        """Make an empty database without a password, as browsers do; raise `ToolFailed`."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._run("-N", "--empty-password")

    def _run(self, action: str, *arguments: str) -> bytes:
        return run_tool([self.certutil, action, "-d", f"sql:{self.path}", *arguments])


def change(root: Root, remove: bool, home: Path | None = None) -> list[Outcome]:
    """Add *root* to every database below *home*, or take it out; raise `ConfigurationError` without certutil."""
    home = home or Path.home()
    certutil = shutil.which("certutil")
    if certutil is None:
        raise ConfigurationError(_INSTALL)
    databases = [Database(path, certutil) for path in find_databases(home)]
    outcomes: list[Outcome] = []
    if not remove and not any((home / path / "cert9.db").exists() for path in _SHARED):
        databases.insert(0, _create_shared(home, certutil))
    for database in databases:
        outcomes.append(_change_one(database, root, remove=remove))
    return outcomes or [Outcome(str(home), "has no browser database, so there is nothing to take out")]


def find_databases(home: Path) -> list[Path]:
    """Return the folders of all NSS databases that browsers of the user keep."""
    candidates = [home / path for path in (*_SHARED, *_MORE_CHROMIUMS)]
    for profiles in _FIREFOX_PROFILES:
        candidates += sorted((home / profiles).glob("*/"))
    return [path for path in candidates if (path / "cert9.db").is_file()]


def _create_shared(home: Path, certutil: str) -> Database:
    database = Database(home / _SHARED[0], certutil)
    try:
        database.create()
    except (ToolFailed, OSError) as error:
        raise ConfigurationError(f"{database.path} cannot be made: {error}") from error
    return database


def _change_one(database: Database, root: Root, *, remove: bool) -> Outcome:
    store = str(database.path)
    present = database.find(root.name) == root.certificate
    if present is not remove:
        return Outcome(store, f"does not hold {root.name}" if remove else f"trusts {root.name} already")
    try:
        database.delete(root.name) if remove else database.add(root)
    except ToolFailed as error:
        return Outcome(store, f"could not be changed: {error}", failed=True)
    return Outcome(store, f"no longer trusts {root.name}" if remove else f"now trusts {root.name}")
