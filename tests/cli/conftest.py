"""Run commands in this process, as somebody types them."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp.cli import main
from idp.encryption import create_master_key


@dataclass(frozen=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `idp` with the given arguments."""

    def run(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["idp", *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            main()
        written = capsys.readouterr()
        return Result(int(ending.value.code or 0), written.out, written.err)

    return run


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path) -> Path:
    """Settings in the environment: a migrated database, a master key, a cheap password hash. Returns the folder."""
    key = tmp_path / "master.key"
    create_master_key(key)
    values = {
        "DATABASE_URL": database_url,
        "MASTER_KEY_FILE": str(key),
        "PUBLIC_URL": "https://id.example.org",
        "CERTIFICATE_URL": "https://{label}.x509.example.org",
        "ARGON2_MEMORY_KIB": "8192",
        "ARGON2_ITERATIONS": "1",
    }
    for name, value in values.items():
        monkeypatch.setenv(f"IDP_{name}", value)
    monkeypatch.chdir(tmp_path)
    return tmp_path
