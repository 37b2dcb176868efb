"""The thread that fetches what foreign authorities say of revocation before it grows old; any number of processes may run one.

It claims what is due by row, and lets a few threads fetch it, one for each anchor: a server that dawdles keeps its own anchor
waiting. The threads are daemons, as a large list may take minutes: a process that is killed leaves nothing but a lease that runs out,
and entries of a list that never comes into force and is swept up.
"""

import threading
from collections.abc import Callable
from dataclasses import replace

import structlog
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.models import ForeignAnswer, ForeignListSource, TrustAnchor
from idp.pki.foreign_revocation.answers import ask, claim_due_answer
from idp.pki.foreign_revocation.errors import NothingLearnt
from idp.pki.foreign_revocation.list_sources import (
    claim_due_source,
    keep_configured,
    leave_to_background,
    read_revocation_settings,
)
from idp.pki.foreign_revocation.list_store import rest, sweep_lists
from idp.pki.foreign_revocation.refreshing import refresh_list
from idp.pki.foreign_revocation.sources import Allowance, Sink, Sources
from idp.serving.periodic import Periodic
from idp.web.services import Services

AT_ONCE = 4
POLL_SECONDS = 5.0
_STOP_SECONDS = 2.0
OnOutcome = Callable[[str, str], None]
log = structlog.get_logger()


class Stopping(Exception):
    """The process ends."""


class _Interruptible:
    """*sources* until somebody is *stopping*; satisfies `idp.pki.foreign_revocation.sources.Sources`."""

    def __init__(self, sources: Sources, stopping: threading.Event) -> None:
        self._sources = sources
        self._stopping = stopping

    def fetch_list(self, url: str, into: Sink, allowance: Allowance) -> None:
        """Copy the list, and raise `Stopping` at the next piece once it is time."""
        self._sources.fetch_list(url, _InterruptibleSink(into, self._stopping), allowance)

    def ask_responder(self, url: str, question: bytes, seconds: float) -> bytes:
        """Ask: that takes seconds."""
        return self._sources.ask_responder(url, question, seconds)


class _InterruptibleSink:
    def __init__(self, sink: Sink, stopping: threading.Event) -> None:
        self._sink = sink
        self._stopping = stopping

    def write(self, data: bytes, /) -> int:
        if self._stopping.is_set():
            raise Stopping
        return self._sink.write(data)


class ForeignRevocationWorker:
    """Fetch due lists and ask again for due answers until stopped.

    *on_outcome* is called with ``list`` or ``answer`` and what became of each: ``learnt`` or ``failed``.
    """

    def __init__(self, services: Services, on_outcome: OnOutcome = lambda *_: None) -> None:
        self._database, self._clock = services.database, services.clock
        self._on_outcome = on_outcome
        self._under_way: set[str] = set()  # anchors
        self._threads: set[threading.Thread] = set()  # each hands out what is next after its anchor is free
        self._lock = threading.Lock()
        self._claiming = threading.Lock()
        self._stopping = threading.Event()
        means = services.foreign_means
        self._means = replace(means, sources=_Interruptible(means.sources, self._stopping))
        self._periodic = Periodic("revocation of foreign certificates", self.turn, POLL_SECONDS)

    def start(self) -> None:
        """Begin to fetch."""
        self._periodic.start()

    def stop(self) -> None:
        """End; what is under way is given up at the next piece of it that comes."""
        self._stopping.set()
        self._periodic.stop()
        self.wait(_STOP_SECONDS)

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        with self._lock:
            return bool(self._threads)

    def wait(self, timeout: float | None = None) -> None:
        """Wait for what is under way."""
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(timeout)

    def turn(self) -> None:
        """Look at what the anchors' settings name, and hand out what is due."""
        with self._database.transaction() as session:
            for anchor in session.scalars(select(TrustAnchor).where(TrustAnchor.enabled)).all():
                self._keep_configured(session, anchor)
        self._hand_out()

    def _keep_configured(self, session: Session, anchor: TrustAnchor) -> None:
        try:
            settings = read_revocation_settings(anchor)
        except ValidationError:  # of another version: such an anchor is not believed either
            return
        keep_configured(session, self._clock, anchor.id, settings)

    def _hand_out(self) -> None:
        """Claim what is due, as far as threads are free, and let them fetch it."""
        with self._claiming:
            while not self._stopping.is_set() and (claimed := self._claim()):
                self._begin(claimed)

    def _claim(self) -> ForeignListSource | ForeignAnswer | None:
        with self._lock:
            busy = list(self._under_way)
        if len(busy) >= AT_ONCE:
            return None
        with self._database.transaction() as session:
            source = claim_due_source(session, self._clock, busy=busy)
            return source or claim_due_answer(session, self._clock, busy=busy)

    def _begin(self, claimed: ForeignListSource | ForeignAnswer) -> None:
        thread = threading.Thread(target=self._work, args=(claimed,), name="revocation", daemon=True)
        with self._lock:
            self._under_way.add(claimed.anchor_id)
            self._threads.add(thread)
        thread.start()

    def _work(self, claimed: ForeignListSource | ForeignAnswer) -> None:
        try:
            self._fetch(claimed)
        except Exception as error:  # its lease runs out, and it is due again
            log.error("revocation_not_noted", url=claimed.url, error=type(error).__name__)
        finally:
            with self._lock:
                self._under_way.remove(claimed.anchor_id)
        try:
            self._hand_out()
        finally:
            with self._lock:
                self._threads.remove(threading.current_thread())

    def _fetch(self, claimed: ForeignListSource | ForeignAnswer) -> None:
        kind = "list" if isinstance(claimed, ForeignListSource) else "answer"
        try:
            if isinstance(claimed, ForeignListSource):
                self._refresh(claimed)
            else:
                self._ask(claimed)
        except NothingLearnt:  # the row says why, and the log when it begins
            self._on_outcome(kind, "failed")
        except Stopping:
            return
        else:
            self._on_outcome(kind, "learnt")

    def _refresh(self, source: ForeignListSource) -> None:
        try:
            refresh_list(self._means, source, pause=self._pause)
        except Stopping:
            with self._database.transaction() as session:
                leave_to_background(session, self._clock, source.id)
            raise
        sweep_lists(self._database, self._clock, pause=self._pause)

    def _ask(self, row: ForeignAnswer) -> None:
        with self._database.transaction() as session:
            settings = read_revocation_settings(session.get_one(TrustAnchor, row.anchor_id))
        ask(self._means, row, settings)

    def _pause(self) -> None:
        if self._stopping.is_set():
            raise Stopping
        rest()
