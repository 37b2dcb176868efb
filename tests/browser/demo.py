"""The whole demo in a process of its own, on free ports and with a data folder of its own."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from functools import cached_property
from pathlib import Path
from typing import Any

from idp.app import build_services
from idp.clock import SystemClock
from idp.demo.data_folder import DataFolder
from idp.demo.options import DemoOptions
from idp.demo.prepare import plant, prepare_files
from idp.demo.seed import DEMO, MASTER, build_applications
from idp.demo.settings import build_settings
from idp.web.services import Services
from tests.browser.patience import eventually

# Below the ports that systems give to outgoing connections, so that nothing takes one between choosing and binding.
_PORTS = range(12000, 30000)
_PORT_OPTIONS = ("port", "certificate_port", "management_port", "app_port", "mail_port", "mailbox_port")
_STOP_SECONDS = 20
_PR_SET_PDEATHSIG = 1


class RunningDemo:
    """`idp demo` in *directory*; `services` are its parts, on the same database, for arranging and looking.

    *environment* holds `IDP_…` settings; ones given here last from `start` to the next `start`.
    """

    def __init__(self, directory: Path, **environment: str) -> None:
        self.directory = directory
        self.options = DemoOptions(data=directory / "data", **dict(zip(_PORT_OPTIONS, free_ports(6), strict=True)))
        self.folder = DataFolder(self.options.data)
        # The cheapest hash that the settings allow: no test here is about its strength.
        self._environment = {"IDP_ARGON2_MEMORY_KIB": "8192", "IDP_ARGON2_ITERATIONS": "1"} | environment
        self.settings = build_settings(self.options, self.folder, self._environment)
        self._process: subprocess.Popen[bytes] | None = None

    @cached_property
    def services(self) -> Services:
        """The provider's parts; the data is planted first where there is none."""
        self.folder.prepare()
        prepare_files(self.settings, self.folder)
        services = build_services(self.settings, SystemClock())
        plant(services, build_applications(self.options))
        return services

    @property
    def realm_url(self) -> str:
        """The issuer of the realm *demo*."""
        return f"{self.settings.public_url}/realms/{DEMO}"

    @property
    def app_url(self) -> str:
        """The sample application's start page."""
        return f"{self.options.app_url}/"

    @property
    def second_app_url(self) -> str:
        """The second sample application's start page."""
        return f"{self.options.second_app_url}/"

    @property
    def account_url(self) -> str:
        """The dashboard."""
        return f"{self.realm_url}/account/"

    @property
    def console_url(self) -> str:
        """The console, for administrators of *master*."""
        return f"{self.settings.public_url}/admin/{MASTER}/console/"

    @property
    def log(self) -> str:
        """What the process has printed."""
        return (self.directory / "demo.log").read_text(errors="replace")

    def start(self, **environment: str) -> None:
        """Start, and return once it is ready."""
        ports = {f"--{name.replace('_', '-')}": getattr(self.options, name) for name in _PORT_OPTIONS}
        options = [part for name, value in ports.items() for part in (name, str(value))]
        with (self.directory / "demo.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "idp", "demo", "--data", str(self.options.data), *options],
                env=_clean_environment() | self._environment | environment,
                cwd=Path(__file__).resolve().parents[2],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - it only asks the kernel for a signal
            )
        eventually(self._ready, "the demo is ready")

    def stop(self) -> None:
        """Stop as Ctrl-C does, and wait for the end."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            code = self._process.wait(_STOP_SECONDS)
            self._process = None
            assert code == 0, self.log

    def close(self) -> None:
        """Stop, and close what `services` has opened."""
        try:
            self.stop()
        finally:
            if "services" in self.__dict__:
                self.services.ephemeral.close()
                self.services.database.close()

    def _ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the demo ended: {self.log}"
        url = f"http://127.0.0.1:{self.options.management_port}/health/ready"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except urllib.error.URLError:
            return False


def free_ports(count: int) -> list[int]:
    """Return ports on which nothing listens, in a random order."""
    found: list[int] = []
    for port in random.sample(_PORTS, len(_PORTS)):
        if _is_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _clean_environment() -> dict[str, Any]:
    return {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
