"""The threads that handlers run in."""

import asyncio
import threading
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from idp.web.threads import WorkerThreads

SECONDS = 10


def in_loop(test: Callable[[], object]) -> None:
    """Run a coroutine function in a loop of its own."""

    async def limited() -> None:
        async with asyncio.timeout(SECONDS):
            await test()  # type: ignore[misc]

    asyncio.run(limited())


def test_result_comes_back_from_another_thread() -> None:
    """The function runs in a thread, with its arguments, and its result is returned."""

    async def test() -> None:
        name, text = await WorkerThreads().run(lambda a, *, b: (threading.current_thread().name, a + b), "1", b="2")
        assert name == "request"
        assert text == "12"

    in_loop(test)


def test_what_is_raised_reaches_the_caller() -> None:
    """An exception is the caller's, and the thread goes on."""

    async def test() -> None:
        threads = WorkerThreads(limit=1)
        with pytest.raises(ZeroDivisionError):
            await threads.run(lambda: 1 // 0)
        assert await threads.run(lambda: 1) == 1

    in_loop(test)


def test_busy_threads_get_company_up_to_the_limit() -> None:
    """Calls run side by side as far as the limit goes; the others wait for their turn."""

    async def test() -> None:
        threads, together, rest = WorkerThreads(limit=3), threading.Barrier(3, timeout=SECONDS), threading.Event()

        def meet() -> None:
            together.wait()
            rest.wait(SECONDS)

        calls = [asyncio.ensure_future(threads.run(meet)) for _ in range(3)]
        last = asyncio.ensure_future(threads.run(lambda: 1))
        assert not last.done()
        rest.set()
        await asyncio.gather(*calls)
        assert await last == 1
        assert threads._threads == 3

    in_loop(test)


def test_idle_thread_ends_and_the_next_call_starts_another() -> None:
    """Threads do not outlive the need for them."""

    async def test() -> None:
        threads = WorkerThreads(idle_seconds=0.0)
        first = await threads.run(threading.current_thread)
        await asyncio.to_thread(first.join, SECONDS)
        assert not first.is_alive()
        assert await threads.run(threading.current_thread) is not first

    in_loop(test)


def test_caller_that_is_cancelled_leaves_the_function_running() -> None:
    """A transaction that has begun ends properly, whoever waits for it."""

    async def test() -> None:
        threads, started, go, done = WorkerThreads(limit=1), asyncio.Event(), threading.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def work() -> None:
            loop.call_soon_threadsafe(started.set)
            go.wait(SECONDS)
            done.set()

        call = asyncio.ensure_future(threads.run(work))
        await started.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        go.set()
        await asyncio.to_thread(done.wait, SECONDS)
        assert await threads.run(lambda: 1) == 1

    in_loop(test)


def test_loop_that_has_ended_is_no_harm() -> None:
    """A result for which there is no loop any more is dropped."""
    threads, go = WorkerThreads(limit=1), threading.Event()

    async def leave() -> None:
        asyncio.ensure_future(threads.run(go.wait, SECONDS))  # noqa: RUF006 - nobody is to wait for it
        await asyncio.sleep(0)

    asyncio.run(leave())
    go.set()
    in_loop(lambda: _returns_one(threads))


def test_context_variables_go_along() -> None:
    """What was bound for the log line in the loop is there in the thread."""
    variable: ContextVar[int] = ContextVar("variable", default=0)

    async def test() -> None:
        variable.set(1)
        assert await WorkerThreads().run(variable.get) == 1

    in_loop(test)


async def _returns_one(threads: WorkerThreads) -> None:
    assert await threads.run(lambda: 1) == 1
