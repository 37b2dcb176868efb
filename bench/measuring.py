"""Let several connections work through a list, and read what that cost the server and its databases."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.browsing import Connection
from bench.databases import Databases
from bench.servers import Server

CONNECTIONS = 8
T = TypeVar("T")
R = TypeVar("R")
Act = Callable[[Connection, T], Awaitable[R]]


@dataclass(frozen=True)
class Sample:
    """One round of one operation: CPU milliseconds per item, and each item's latency in milliseconds."""

    server: float
    databases: float
    latencies: tuple[float, ...]

    @property
    def total(self) -> float:
        """Server and databases together."""
        return self.server + self.databases


@dataclass(frozen=True)
class Target:
    """What is measured: a server, and the databases behind it, if any."""

    server: Server
    databases: Databases | None = None

    def cpu_seconds(self) -> tuple[float, float]:
        """Return what the server and its databases have used so far."""
        return self.server.tree.cpu_seconds(), self.databases.cpu_seconds() if self.databases else 0.0


async def measure(target: Target, act: Act[T, R], items: Sequence[T]) -> tuple[Sample, list[R]]:
    """Do *act* for every item, eight at a time, each on a connection that is kept; return the cost and the results."""
    connections = [await Connection.open(target.server.port) for _ in range(CONNECTIONS)]
    latencies: list[float] = []
    results: list[R] = []
    queue = iter(items)
    before = target.cpu_seconds()
    await asyncio.gather(*(_work(connection, act, queue, latencies, results) for connection in connections))
    after = target.cpu_seconds()
    for connection in connections:
        await connection.close()
    server, databases = ((end - begin) / len(items) * 1000 for begin, end in zip(before, after, strict=True))
    return Sample(server, databases, tuple(latencies)), results


async def _work(
    connection: Connection, act: Act[T, R], queue: Iterator[T], latencies: list[float], results: list[R]
) -> None:
    for item in queue:
        started = time.perf_counter()
        results.append(await act(connection, item))
        latencies.append((time.perf_counter() - started) * 1000)
