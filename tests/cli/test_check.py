"""`idp check` goes through everything and tells all problems together."""

from pathlib import Path

import pytest

from idp.demo.mailbox import build_mailbox
from idp.demo.tls import TLSFiles, ensure_server_certificate
from tests.cli.conftest import Run
from tests.demo.test_tls import NOW


def test_everything_in_order_is_exit_code_0(run: Run, monkeypatch: pytest.MonkeyPatch, bench: Path) -> None:
    """Each part has its line."""
    files = TLSFiles(bench / "tls")
    ensure_server_certificate(files, NOW)
    mailbox = build_mailbox(bench)
    monkeypatch.setenv("IDP_SMTP_URL", f"smtp://127.0.0.1:{mailbox.start_smtp('127.0.0.1', 0)}")
    monkeypatch.setenv("IDP_CERTIFICATE_TLS_CERTIFICATE_FILE", str(files.server))
    monkeypatch.setenv("IDP_CERTIFICATE_TLS_KEY_FILE", str(files.server_key))
    try:
        result = run("check")
    finally:
        mailbox.stop()
    assert result.code == 0, result.out
    assert [line.split(maxsplit=1) for line in result.out.splitlines()] == [
        ["ok", part]
        for part in [
            *(
                "master key",
                "database",
                "certificate TLS",
                "proxies",
                "fetching",
                "themes",
                "short-lived state",
                "mail server",
            )
        ]
    ]


def test_every_problem_has_its_line(run: Run, monkeypatch: pytest.MonkeyPatch, bench: Path) -> None:
    """And the exit code is 1."""
    values = {
        "DATABASE_URL": "postgresql://idp:s3cret@127.0.0.1:1/idp",
        "MASTER_KEY_FILE": str(bench / "nowhere"),
        "REDIS_URL": "redis://:s3cret@127.0.0.1:1/0",
        "SMTP_URL": "smtp://127.0.0.1:1",
        "THEMES_DIR": str(bench / "nowhere"),
    }
    for name, value in values.items():
        monkeypatch.setenv(f"IDP_{name}", value)
    result = run("check")
    assert result.code == 1
    failed = [line for line in result.out.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 6, result.out
    assert "s3cret" not in result.out
    assert result.err == ""


def test_file_of_authorities_that_cannot_be_read_is_a_problem(
    run: Run, monkeypatch: pytest.MonkeyPatch, bench: Path
) -> None:
    """Missing, or no PEM: told before anything is fetched."""
    for content in (None, "no certificate"):
        file = bench / "authorities.pem"
        if content:
            file.write_text(content)
        monkeypatch.setenv("IDP_FETCH_CA_FILE", str(file))
        result = run("check")
        assert result.code == 1
        assert "fetch_ca_file" in result.out
