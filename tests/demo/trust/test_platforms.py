"""On macOS and Windows the platform's own tools are called; here only their command lines can be looked at."""

from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest

from idp.demo.tls import TLSFiles, ensure_root
from idp.demo.trust import macos, windows
from idp.demo.trust.root import Root
from idp.demo.trust.tool import ToolFailed, run_tool


@pytest.fixture
def root(tmp_path: Path) -> Root:
    """The TLS root of some demo."""
    files = TLSFiles(tmp_path)
    return Root(ensure_root(files, datetime(2026, 1, 15, tzinfo=UTC)), files.root)


def test_macos_trusts_for_tls_in_the_login_keychain_alone(root: Root) -> None:
    """Not for signing programs or mail, and not for other users."""
    (command,) = macos.build_commands(root, "login.keychain-db", remove=False)
    assert command[1:] == [
        "add-trusted-cert",
        "-r",
        "trustRoot",
        "-p",
        "ssl",
        "-k",
        "login.keychain-db",
        str(root.file),
    ]


def test_macos_takes_out_trust_and_certificate(root: Root) -> None:
    """By the certificate itself, not by its name."""
    trust, certificate = macos.build_commands(root, "login.keychain-db", remove=True)
    assert trust[1:] == ["remove-trusted-cert", str(root.file)]
    assert certificate[1:] == ["delete-certificate", "-Z", root.sha1, "login.keychain-db"]


def test_windows_uses_the_store_of_the_user(root: Root) -> None:
    """No administrator is needed, and what is taken out is found by its thumbprint."""
    assert windows.build_command(root, remove=False) == ["certutil.exe", "-user", "-addstore", "Root", str(root.file)]
    assert windows.build_command(root, remove=True) == ["certutil.exe", "-user", "-delstore", "Root", root.sha1]


@pytest.mark.parametrize("platform", [macos, windows])
def test_refusal_is_an_outcome(root: Root, monkeypatch: pytest.MonkeyPatch, platform: ModuleType) -> None:
    """The tool is missing, or the person said no: that is told, and nothing is raised."""

    def refuse(*_arguments: object, **_options: object) -> bytes:
        raise ToolFailed("the user said no")

    monkeypatch.setattr(platform, "run_tool", refuse)
    (outcome,) = platform.change(root, False)
    assert outcome.failed
    assert "the user said no" in outcome.text


def test_failing_tool_is_told_by_its_last_line() -> None:
    """That is where tools say what is wrong; without a word it is the exit code."""
    with pytest.raises(ToolFailed, match=r"^no such thing$"):
        run_tool(["sh", "-c", "echo trying; echo no such thing >&2; exit 3"])
    with pytest.raises(ToolFailed, match="exit code 3"):
        run_tool(["sh", "-c", "exit 3"])
