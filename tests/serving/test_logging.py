"""Log lines, written by a process of its own, because logging is configured once for a whole process."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import logging, sys, warnings
import structlog
from idp.serving.logging import configure_logging
configure_logging(sys.argv[1], sys.argv[2])
log = structlog.get_logger()
log.debug("too quiet")
log.info("signed in", username="alice", password="s3cret-1")
logging.getLogger("uvicorn.error").warning("GET /callback?code=%s", "s3cret-2")
logging.getLogger("authlib").debug("token s3cret-3")
try:
    local = "s3cret-4"
    raise ValueError("broken")
except ValueError:
    log.exception("failed")
"""


def run(level: str, style: str) -> str:
    """Run the script and return what it wrote to standard error."""
    command = [sys.executable, "-c", SCRIPT, level, style]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr


def test_json_lines_are_objects_without_secrets() -> None:
    """Ours and the standard library's alike: time, level, event, fields."""
    text = run("info", "json")
    first, second, third = map(json.loads, text.splitlines())
    assert (first["event"], first["level"], first["username"], first["password"]) == (
        "signed in",
        "info",
        "alice",
        "***",
    )
    assert (second["logger"], second["event"]) == ("uvicorn.error", "GET /callback?***")
    assert "ValueError: broken" in third["exception"]
    assert all(line["timestamp"].endswith("Z") for line in (first, second, third))
    assert "s3cret" not in text.replace('local = "s3cret-4"', "")


@pytest.mark.parametrize("style", ["json", "console"])
def test_libraries_that_log_tokens_are_kept_quiet(style: str) -> None:
    """Even at the lowest level."""
    text = run("debug", style)
    assert "too quiet" in text
    assert "s3cret-3" not in text


def test_console_lines_are_for_people() -> None:
    """One line with the fields, a traceback without local variables, no colours without a terminal."""
    text = run("warning", "console")
    assert "signed in" not in text
    assert "GET /callback?***" in text
    assert "\x1b[" not in text
    assert "local = 's3cret" not in text
