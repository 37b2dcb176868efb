"""Run the platform's own tool."""

import subprocess
from collections.abc import Sequence

_SECONDS = 60


class ToolFailed(Exception):
    """The tool ended with an error; the text is the last line of what it said."""


def run_tool(command: Sequence[str], *, interactive: bool = False) -> bytes:
    """Return the standard output of *command*; raise `ToolFailed`.

    Without *interactive* it has no terminal to ask for a password on, so that it fails instead of waiting.
    """
    try:
        done = subprocess.run(  # noqa: S603 (our own arguments, no shell)
            command,
            stdin=None if interactive else subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            start_new_session=not interactive,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolFailed(str(error)) from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise ToolFailed(said[-1] if said else f"exit code {done.returncode}")
    return done.stdout
