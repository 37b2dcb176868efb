"""What fetching is to those who take in lists and answers; the floors above put the guarded fetcher behind it."""

from dataclasses import dataclass
from typing import Protocol

from idp.clock import Clock
from idp.storage.database import Database

MAX_LIST_OCTETS = 256 * 2**20
"""Twice the largest list that a public authority has been seen to publish, and a minute's work."""


@dataclass(frozen=True)
class Allowance:
    """How long a fetch may take in all, and how much it may bring."""

    seconds: float
    max_octets: int


class Sink(Protocol):
    """What takes a list piece by piece, such as a file."""

    def write(self, data: bytes, /) -> int:
        """Take a piece."""
        ...


class Sources(Protocol):
    """The servers of foreign authorities. Whatever goes wrong is raised as `SourceSilent`."""

    def fetch_list(self, url: str, into: Sink, allowance: Allowance) -> None:
        """Copy the list at *url* to *into*."""
        ...

    def ask_responder(self, url: str, question: bytes, seconds: float) -> bytes:
        """Return the responder's answer to an OCSP request."""
        ...


@dataclass(frozen=True)
class Means:
    """What taking in lists and answers needs. It has transactions of its own: none is open while a server is waited for."""

    database: Database
    clock: Clock
    sources: Sources
