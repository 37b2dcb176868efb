"""Many callers at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")

CROWD = 20


def all_at_once(call: Callable[[int], T], callers: int = CROWD) -> Sequence[T | Exception]:
    """Run ``call(0)``, ``call(1)`` … in threads that wait for one another; return what each returned or raised."""
    barrier = Barrier(callers)

    def run(number: int) -> T | Exception:
        barrier.wait(timeout=30)
        try:
            return call(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(run, range(callers)))
