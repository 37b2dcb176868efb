"""Chromium with a home of its own: profile, certificates, and policies.

Policies lie in a folder of the machine. Each browser sees its own in that place, through a mount namespace: one that
chooses a certificate without asking (`AutoSelectCertificateForUrls`), or one that does not, and then the real prompt opens.
Without a window nobody sees that prompt and the page waits for ever, so it is only done on a display.
"""

import json
import os
import shlex
import subprocess
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, Playwright, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser.nss import NSSDatabase
from tests.services import leave_out, require_binary

_FLAGS = (
    "--no-sandbox",  # tests run as root in containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_MACHINE_FOLDER = Path("/etc/chromium")
PATIENCE_MILLISECONDS = 20_000


class Chromium:
    """The browser of one person, closed at first.

    *home* holds all it keeps, *root* is the TLS root it trusts, *certificate_port* the port where the policy chooses the
    first certificate that fits.
    """

    def __init__(self, playwright: Playwright, home: Path, *, root: Path, certificate_port: int) -> None:
        self.home = home
        self.certificates = NSSDatabase(home)
        self._playwright = playwright
        self._pattern = f"https://[*.]cert.localhost:{certificate_port}"
        self._context: BrowserContext | None = None
        home.mkdir(parents=True)
        self.certificates.create()
        self.certificates.trust_for_servers(root)

    def open(self, *, display: str | None = None, **options: Any) -> Page:
        """Start and return its page: without a window and with the policy, or on *display* and asking."""
        assert self._context is None, "it is open"
        environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
        self._context = self._playwright.chromium.launch_persistent_context(
            str(self.home / "profile"),
            executable_path=str(self._write_launcher(choose=display is None)),
            headless=display is None,
            args=[*_FLAGS, *(() if display is None else ("--window-position=0,0", "--ozone-platform=x11"))],
            env={**environment, "HOME": str(self.home), **({} if display is None else {"DISPLAY": display})},
            locale="en-GB",
            **options,
        )
        self._context.set_default_timeout(PATIENCE_MILLISECONDS)
        expect.set_options(timeout=PATIENCE_MILLISECONDS)
        return self._context.pages[0]

    @property
    def context(self) -> BrowserContext:
        """The open browser's context."""
        assert self._context is not None, "it is closed"
        return self._context

    def close(self) -> None:
        """End the browser; its profile stays."""
        if self._context is not None:
            with suppress(PlaywrightError):  # a browser whose display is gone has ended already
                self._context.close()
            self._context = None

    def _write_launcher(self, *, choose: bool) -> Path:
        folder = self.home / ("machine-choosing" if choose else "machine-asking")
        policies = folder / "policies" / "managed"
        policies.mkdir(parents=True, exist_ok=True)
        values: dict[str, Any] = {"PasswordManagerEnabled": False}  # its bubble would lie over the prompt
        if choose:
            values["AutoSelectCertificateForUrls"] = [json.dumps({"pattern": self._pattern, "filter": {}})]
        (policies / "policies.json").write_text(json.dumps(values))
        inside = f'mount --bind {shlex.quote(str(folder))} {_MACHINE_FOLDER} && exec {find_chromium()} "$@"'
        launcher = folder / "chromium"
        launcher.write_text(f'#!/bin/sh\nexec {" ".join(_unshare())} sh -c {shlex.quote(inside)} sh "$@"\n')
        launcher.chmod(0o755)
        return launcher


@cache
def find_chromium() -> str:
    """Return the path of the browser; leave the test out where it, or a way to give it policies, is missing."""
    path = require_binary("chromium", package="chromium")
    done = subprocess.run([*_unshare(), "test", "-d", str(_MACHINE_FOLDER)], check=False, capture_output=True)
    if done.returncode != 0:
        leave_out("may not make a mount namespace, in which Chromium gets policies of its own")
    return path


@cache
def _unshare() -> tuple[str, ...]:
    unshare = require_binary("unshare", package="util-linux")
    return (unshare, "--mount") if os.geteuid() == 0 else (unshare, "--mount", "--map-root-user")
