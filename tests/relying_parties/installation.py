"""The clients from npm: what package-lock.json names, installed beside it, once for each version of it."""

import fcntl
import hashlib
import subprocess
from functools import cache
from pathlib import Path

from tests.services import leave_out, require_binary

FOLDER = Path(__file__).resolve().parent
_MODULES = FOLDER / "node_modules"
_SECONDS = 300


@cache
def installed_packages() -> Path:
    """Return the folder of the installed packages; leave the test out where they cannot be had."""
    npm = require_binary("npm", package="npm")
    with (FOLDER / ".gitignore").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _up_to_date():
            _install(npm)
    return _MODULES


def _up_to_date() -> bool:
    stamp = _MODULES / ".installed-for"
    return stamp.exists() and stamp.read_text() == _fingerprint()


def _install(npm: str) -> None:
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            command, cwd=FOLDER, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        leave_out("needs clients from npm, and `npm ci` took too long")
    if done.returncode:
        leave_out(f"needs clients from npm, and `npm ci` failed: {done.stderr.strip()[-500:]}")
    (_MODULES / ".installed-for").write_text(_fingerprint())


def _fingerprint() -> str:
    return hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
