"""Something small that is done again and again beside the requests, in a thread of its own."""

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()


class Periodic:
    """Call *work* every *interval* seconds from `start` to `stop`; a failure is logged, and the next turn tries again."""

    def __init__(self, name: str, work: Callable[[], object], interval: float) -> None:
        self._name = name
        self._work = work
        self._interval = interval
        self._stopping = threading.Event()
        self._failing = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin; the first turn comes after one interval."""
        self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """End, waiting *timeout* seconds for the turn in hand."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval):
            self._turn()

    def _turn(self) -> None:
        try:
            self._work()
        except Exception as error:
            if not self._failing:  # one line when it begins to fail, one when it works again
                log.warning("background work fails", work=self._name, error=repr(error))
            self._failing = True
            return
        if self._failing:
            log.info("background work goes on", work=self._name)
        self._failing = False
