"""SIGINT and SIGTERM: the first asks for a clean stop, the second for one at once."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_signals(*, stop: Callable[[], None], stop_at_once: Callable[[], None]) -> Iterator[None]:
    """Call *stop* in the running loop at the first signal, *stop_at_once* at every later one.

    Outside the main thread Python delivers no signals, and nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    steps = iter([stop])

    def handle(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(next(steps, stop_at_once))

    previous = {number: signal.signal(number, handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
