"""The threads that synchronous handlers run in, handed requests by the event loop.

Starlette's own pool does the same with a cancellation scope and a limiter around each call, for five times the CPU.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class _Call:
    loop: asyncio.AbstractEventLoop
    outcome: asyncio.Future[Any]
    context: Context
    function: Callable[[], Any]


class WorkerThreads:
    """Up to *limit* threads; one starts when all are busy, and ends when there was nothing to do for *idle_seconds*."""

    def __init__(self, *, limit: int = 40, idle_seconds: float = 10.0) -> None:
        self._limit = limit
        self._idle_seconds = idle_seconds
        self._calls: SimpleQueue[_Call] = SimpleQueue()
        self._lock = Lock()
        self._threads = 0
        self._unfinished = 0

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what *function* returns, or raise what it raises. It runs to its end even when nobody waits any more."""
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        self._hand_over(_Call(loop, outcome, copy_context(), partial(function, *args, **kwargs)))
        return await outcome

    def _hand_over(self, call: _Call) -> None:
        with self._lock:
            self._unfinished += 1
            starts = self._threads < min(self._unfinished, self._limit)
            self._threads += starts
            self._calls.put(call)
        if starts:
            Thread(target=self._work, name="request", daemon=True).start()

    def _work(self) -> None:
        while call := self._next_call():
            settle = self._run(call)
            with self._lock:
                self._unfinished -= 1
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                call.loop.call_soon_threadsafe(settle)

    def _next_call(self) -> _Call | None:
        while True:
            try:
                return self._calls.get(timeout=self._idle_seconds)
            except Empty:
                with self._lock:
                    if self._calls.empty():
                        self._threads -= 1
                        return None

    def _run(self, call: _Call) -> Callable[[], None]:
        try:
            result = call.context.run(call.function)
        except BaseException as error:
            return partial(_settle, call.outcome.set_exception, call.outcome, error)
        return partial(_settle, call.outcome.set_result, call.outcome, result)


def _settle(set_outcome: Callable[[Any], None], outcome: asyncio.Future[Any], value: Any) -> None:
    if not outcome.done():
        set_outcome(value)
