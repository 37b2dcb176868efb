"""`idp demo trust` on Linux, with the real certutil on databases in a scratch home."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from idp.demo.tls import TLSFiles, ensure_root
from idp.demo.trust import nss
from idp.demo.trust.root import Root
from idp.errors import ConfigurationError
from tests.services import require_binary

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def certutil() -> str:
    """The program, or the test is left out."""
    return require_binary("certutil", package="libnss3-tools")


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """The TLS root of some demo."""
    files = TLSFiles(tmp_path / "tls")
    return Root(ensure_root(files, NOW), files.root)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home."""
    home = tmp_path / "home"
    home.mkdir()
    return home


def create_database(certutil: str, path: Path) -> Path:
    """Make an NSS database like a browser's."""
    path.mkdir(parents=True)
    subprocess.run([certutil, "-N", "-d", f"sql:{path}", "--empty-password"], check=True)
    return path


def names_in(certutil: str, path: Path) -> dict[str, str]:
    """Return trust flags by nickname."""
    listing = subprocess.run([certutil, "-L", "-d", f"sql:{path}"], check=True, capture_output=True, text=True)
    lines = [line.rsplit(maxsplit=1) for line in listing.stdout.splitlines() if line.strip().endswith(",")]
    return {name.strip(): flags for name, flags in lines}


def test_root_is_trusted_in_every_database_and_taken_out_again(certutil: str, root: Root, home: Path) -> None:
    """Chromium's database and Firefox's profiles, for TLS servers and nothing else."""
    chromium = create_database(certutil, home / ".local/share/pki/nssdb")
    firefox = create_database(certutil, home / ".mozilla/firefox/abc.default")
    added = nss.change(root, False, home)
    assert [str(outcome) for outcome in added] == [f"{path}: now trusts {root.name}" for path in (chromium, firefox)]
    for path in (chromium, firefox):
        assert names_in(certutil, path) == {root.name: "C,,"}
    removed = nss.change(root, True, home)
    assert [outcome.text for outcome in removed] == [f"no longer trusts {root.name}"] * 2
    for path in (chromium, firefox):
        assert names_in(certutil, path) == {}


@pytest.mark.usefixtures("certutil")
def test_doing_it_twice_says_so(root: Root, home: Path) -> None:
    """Nothing is added a second time, and nothing that is not there is taken out."""
    nss.change(root, False, home)
    assert "already" in nss.change(root, False, home)[0].text
    nss.change(root, True, home)
    assert "does not hold" in nss.change(root, True, home)[0].text


def test_database_is_made_where_chromium_will_look(certutil: str, root: Root, home: Path) -> None:
    """A browser that was never started finds the root on its first start."""
    (outcome,) = nss.change(root, False, home)
    assert outcome.store == str(home / ".pki/nssdb")
    assert names_in(certutil, home / ".pki/nssdb") == {root.name: "C,,"}


def test_only_our_own_root_is_taken_out(certutil: str, root: Root, home: Path, tmp_path: Path) -> None:
    """The root of another demo stays, and so does a stranger's that took our name."""
    other_files = TLSFiles(tmp_path / "other")
    other = Root(ensure_root(other_files, NOW), other_files.root)
    nss.change(root, False, home)
    nss.change(other, False, home)
    nss.change(root, True, home)
    assert names_in(certutil, home / ".pki/nssdb") == {other.name: "C,,"}


@pytest.mark.usefixtures("certutil")
def test_home_without_databases_has_nothing_to_take_out(root: Root, home: Path) -> None:
    """No database is made for that."""
    (outcome,) = nss.change(root, True, home)
    assert "nothing to take out" in outcome.text
    assert list(home.iterdir()) == []


def test_damaged_database_is_told_and_the_others_go_on(certutil: str, root: Root, home: Path) -> None:
    """One profile that cannot be changed does not spare the rest."""
    good = create_database(certutil, home / ".pki/nssdb")
    bad = home / ".mozilla/firefox/broken"
    bad.mkdir(parents=True)
    (bad / "cert9.db").write_text("this is not SQLite")
    first, second = nss.change(root, False, home)
    assert (first.store, first.failed) == (str(good), False)
    assert (second.store, second.failed) == (str(bad), True)


def test_missing_certutil_is_told_with_its_package(root: Root, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says what to install."""
    monkeypatch.setenv("PATH", str(home))
    with pytest.raises(ConfigurationError, match="libnss3-tools"):
        nss.change(root, False, home)
