"""Start processes on a core of their own, and read what they have used."""

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE, LOAD_CORE = 0, 1
_TICKS = os.sysconf("SC_CLK_TCK")
_STOP_SECONDS = 15


@dataclass(frozen=True)
class ProcessTree:
    """A process with its children, whose CPU is read together."""

    pid: int

    def cpu_seconds(self) -> float:
        """Return the CPU time of all of them since they started, those that have ended included."""
        return sum(_cpu_seconds(pid) for pid in self._pids())

    def resident_megabytes(self) -> float:
        """Return the resident memory of the first process."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(kilobytes) / 1024

    def _pids(self) -> list[int]:
        pids = [self.pid]
        for pid in pids:
            pids += _children(pid)
        return pids


@contextmanager
def run_process(
    command: Sequence[str | Path], *, user: str | None = None, environment: dict[str, str] | None = None, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run *command* on the server's core until the block ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (programs of this machine)
            command, user=user, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/"
        )
    pin(SERVER_CORE, process.pid)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def pin(core: int, pid: int = 0) -> None:
    """Keep a process (or the calling thread) on *core*, where there is more than one."""
    available = os.sched_getaffinity(0) | {SERVER_CORE, LOAD_CORE}
    if len(available) > 1 and (os.cpu_count() or 1) > core:
        os.sched_setaffinity(pid, {core})


def wait_until(condition: str, ready: Iterator[bool], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the first True of *ready*; end the program with the log when *process* dies first."""
    for answer in ready:
        if answer:
            return
        if process.poll() is not None:
            raise SystemExit(f"{condition}: it ended\n{log.read_text()}")
        time.sleep(0.01)
    raise SystemExit(f"{condition}: it took too long\n{log.read_text()}")


def _cpu_seconds(pid: int) -> float:
    try:
        own = time.clock_gettime((~pid << 3) | 2)  # the clock of another process, as clock_getcpuclockid(3) makes it
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (OSError, ProcessLookupError):
        return 0.0
    ended_children = int(fields[13]) + int(fields[14])
    return own + ended_children / _TICKS


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []
