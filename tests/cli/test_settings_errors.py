"""What is set wrongly is told in lines, all of it together, before anything starts."""

import base64
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize("command", [["serve"], ["check"], ["db", "upgrade"], ["realm", "list"], ["demo"]])
def test_wrong_settings_are_told_together(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: list[str]
) -> None:
    """One line each, exit code 2."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IDP_PORT", "eighty")
    monkeypatch.setenv("IDP_COLOUR", "red")
    result = run(*command)
    assert result.code == 2
    assert result.err.splitlines() == [
        "idp: port: Input should be a valid integer, unable to parse string as an integer",
        "idp: colour: there is no such setting",
    ]


def test_missing_file_of_settings_is_told(run: Run) -> None:
    """With its name."""
    result = run("serve", "--config", "/nowhere/idp.toml")
    assert (result.code, result.err) == (2, "idp: /nowhere/idp.toml: No such file or directory\n")


def test_broken_file_of_settings_is_told(run: Run, tmp_path: Path) -> None:
    """With the line and column."""
    file = tmp_path / "idp.toml"
    file.write_text("port = \n")
    result = run("serve", "--config", file)
    assert result.code == 2
    assert result.err.startswith(f"idp: {file}: ")


def test_serve_tells_everything_that_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Master key, tables and TLS files in one go, each with what to do."""
    monkeypatch.chdir(tmp_path)
    for name in ("IDP_DATABASE_URL", "IDP_MASTER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    result = run("serve")
    assert result.code == 2
    key, tables, tls = result.err.splitlines()
    assert "there is no master key file master.key: make one with `openssl rand -base64 32 > master.key`" in key
    assert "run `idp db upgrade`" in tables
    assert "certificate_tls_certificate_file" in tls
    assert list(tmp_path.iterdir()) == []


def test_serve_refuses_tls_files_that_cannot_be_used(run: Run, monkeypatch: pytest.MonkeyPatch, bench: Path) -> None:
    """Before any port is opened."""
    for name in ("CERTIFICATE", "KEY"):
        (bench / name).write_text("garbage")
        monkeypatch.setenv(f"IDP_CERTIFICATE_TLS_{name}_FILE", str(bench / name))
    result = run("serve")
    assert result.code == 2
    assert "the certificate listener cannot use" in result.err


def test_master_key_of_another_database_is_told(run: Run, bench: Path) -> None:
    """Before the first request fails for it."""
    assert run("realm", "create", "staff").code == 0
    (bench / "master.key").write_bytes(base64.b64encode(b"x" * 32))
    result = run("realm", "list")
    assert result.code == 2
    assert "is not the master key that the database was written under" in result.err


@pytest.mark.usefixtures("bench")
def test_master_key_that_is_none_is_told(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not base64, or not 32 bytes."""
    (tmp_path / "key").write_text("short")
    monkeypatch.setenv("IDP_MASTER_KEY_FILE", str(tmp_path / "key"))
    assert run("realm", "list").code == 2
