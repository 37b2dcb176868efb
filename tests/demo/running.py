"""`idp demo`, and other commands that go on running, in a process of their own."""

import os
import signal
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.browser.demo import free_ports

NAMES = ("port", "certificate-port", "management-port", "app-port", "mail-port", "mailbox-port")
_SECONDS = 60


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without settings of whoever runs the tests, and with a cheap password hash."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    return kept | {"IDP_ARGON2_MEMORY_KIB": "8192", "IDP_ARGON2_ITERATIONS": "1"} | more


started: "list[Command]" = []


def end_all() -> None:
    """Kill what a failed test has left running."""
    for command in started:
        if command.process.poll() is None:
            command.process.kill()
            command.finish()
    started.clear()


@dataclass
class Command:
    """One command in the folder *directory*; `printed` is what it has written to standard output so far."""

    arguments: list[str]
    directory: Path
    environment: dict[str, str] = field(default_factory=dict)
    printed: str = ""

    def start(self) -> "Command":
        """Start it."""
        started.append(self)
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "idp", *self.arguments],
            cwd=self.directory,
            env=clean_environment(**self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self

    def wait_for(self, line: str) -> None:
        """Return once it has printed *line*; fail when it ends first."""
        assert self.process.stdout is not None
        for printed in self.process.stdout:
            self.printed += printed
            if printed.strip() == line:
                return
        raise AssertionError(f"{line!r} did not come: {self.printed}{self.finish()}")

    def finish(self) -> tuple[int, str]:
        """Wait for its end; return exit code and standard error."""
        rest, error = self.process.communicate(timeout=_SECONDS)
        self.printed += rest
        return self.process.returncode, error

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """Send a signal, and wait for its end."""
        self.process.send_signal(number)
        return self.finish()


class Demo:
    """`idp demo` on a folder and ports of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.move()

    def move(self) -> None:
        """Choose other ports for the next start."""
        self.ports = dict(zip(NAMES, free_ports(len(NAMES)), strict=True))

    def command(self, *options: str, **environment: str) -> Command:
        """Start it with *options* and return it, whatever becomes of it."""
        ports = [part for name, port in self.ports.items() for part in (f"--{name}", str(port))]
        arguments = ["demo", "--data", str(self.data), *ports, *options]
        return Command(arguments, self.directory, environment).start()

    def start(self, *options: str, **environment: str) -> Command:
        """Start it and return once it has said that it is ready."""
        command = self.command(*options, **environment)
        command.wait_for("ready")
        return command

    def url(self, name: str, path: str = "/") -> str:
        """Return the address of *path* on one of the ports."""
        return f"http://localhost:{self.ports[name]}{path}"


def fetch(url: str) -> tuple[int, str]:
    """Return status and text of an address on this machine, as a browser without a past sees it."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(url, timeout=30) as answer:
        return answer.status, answer.read().decode()
