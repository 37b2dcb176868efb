"""`idp realm import` and `idp realm export`, as an operator types them."""

import json
from pathlib import Path

from tests.cli.conftest import Run
from tests.transfer.sample import export


def test_realm_is_rehearsed_imported_and_exported(run: Run, bench: Path) -> None:
    """The exit code says whether everything was taken; the report has a line for each object."""
    file, report, out = bench / "company.json", bench / "report.txt", bench / "out.json"
    broken = export()
    broken["users"].append({"username": "two words"})
    file.write_text(json.dumps(export()))

    rehearsal = run("realm", "import", file, "--dry-run", "--realm", "rehearsed")
    assert (rehearsal.code, "rehearsal" in rehearsal.out) == (0, True)
    assert "rehearsed" not in run("realm", "list").out

    assert run("realm", "import", file, "--report", report).code == 0
    assert "taken: user mia" in report.read_text()
    file.write_text(json.dumps(broken))
    again = run("realm", "import", file, "--users-only")
    assert again.code == 1
    assert "two words" in again.err
    assert "skipped: 4 × user" in again.out

    told = run("realm", "export", "company", "--users", "--with-secrets", "--out", out)
    assert (told.code, "secrets" in told.err) == (0, True)
    assert out.stat().st_mode & 0o077 == 0
    assert "mia" in {account["username"] for account in json.loads(out.read_text())["users"]}
    assert run("realm", "export", "company", "--out", out).code == 1
    assert json.loads(run("realm", "export", "company").out)["realm"] == "company"


def test_what_is_typed_wrongly_is_said(run: Run, bench: Path) -> None:
    file = bench / "company.json"
    file.write_text("[]")

    assert run("realm", "import", bench / "none.json").code == 2
    assert run("realm", "import", file, "--on-conflict", "perhaps").code == 2
    wrong = run("realm", "import", file)
    assert (wrong.code, len(wrong.err.splitlines())) == (1, 1)
