"""Wait for a condition, never for time to pass."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

SECONDS = 30.0
_INTERVAL = 0.05


def eventually(ask: Callable[[], T | None], what: str, seconds: float = SECONDS) -> T:
    """Return the first answer that is true; fail with *what* did not come about."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        threading.Event().wait(_INTERVAL)
    return answer
