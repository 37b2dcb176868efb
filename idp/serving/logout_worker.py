"""The thread that tells clients of ended sessions; any number of processes may run one."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from sqlalchemy.orm import Session

from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.models import Client, LogoutNotice
from idp.oidc.backchannel_logout import LogoutNotTold, tell_client
from idp.serving.metrics import Metrics
from idp.sessions.logout_notices import claim_logout_notice, count_waiting, mark_delivered, mark_failed
from idp.web.services import Services

AT_ONCE = 8
AT_ONCE_TO_A_CLIENT = 2  # whoever answers slowly waits for itself, and does not keep others waiting
_POLL_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_log = structlog.get_logger(__name__)

OnOutcome = Callable[[str], None]


class LogoutWorker:
    """Deliver due notices until stopped, several at a time.

    *on_outcome* is called with what became of each attempt: ``delivered``, ``failed`` or ``given_up``.
    """

    def __init__(self, services: Services, on_outcome: OnOutcome = lambda _: None) -> None:
        self._services = services
        self._on_outcome = on_outcome
        self._under_way: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(AT_ONCE, "logout")
        self._thread = threading.Thread(target=self._run, name="logouts", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def wake(self) -> None:
        """Look for due notices now instead of within half a second."""
        self._wake.set()

    def stop(self) -> None:
        """End when what is under way is done: within seconds, as every attempt is bounded."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown()

    def hand_out(self) -> int:
        """Claim what is due, as far as threads are free, and let them deliver it; return how many."""
        handed_out = 0
        while not self._stopping.is_set() and (notice := self._claim()):
            self._pool.submit(self._work, notice)
            handed_out += 1
        return handed_out

    def _run(self) -> None:
        pause = _POLL_SECONDS
        while not self._stopping.is_set():
            try:
                self.hand_out()
                pause = _POLL_SECONDS
            except Exception as error:  # the database may be away: the thread outlives that
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
                _log.error("logout_worker_failed", error=type(error).__name__, next_try_in=pause)
            self._wake.wait(pause)
            self._wake.clear()

    def _claim(self) -> LogoutNotice | None:
        with self._lock:
            if self._under_way.total() >= AT_ONCE:
                return None
            busy = [client for client, count in self._under_way.items() if count >= AT_ONCE_TO_A_CLIENT]
        with self._services.database.transaction() as session:
            notice = claim_logout_notice(session, self._services.clock, busy=busy)
        if notice is not None:
            with self._lock:
                self._under_way[notice.client_id] += 1
        return notice

    def _work(self, notice: LogoutNotice) -> None:
        try:
            self._on_outcome(self._deliver(notice))
        except Exception as error:  # its lease runs out, and it is due again
            _log.error("logout_not_noted", notice_id=notice.id, error=type(error).__name__)
        finally:
            with self._lock:
                self._under_way[notice.client_id] -= 1
            self._wake.set()

    def _deliver(self, notice: LogoutNotice) -> str:
        try:
            tell_client(self._services, notice)
        except LogoutNotTold as error:
            return self._note_failure(notice, str(error), permanent=error.permanent)
        except Exception as error:
            return self._note_failure(notice, type(error).__name__)
        with self._services.database.transaction() as session:
            if mark_delivered(session, self._services.clock, notice) and notice.attempts > 1:
                self._record(session, Tag.BACKCHANNEL_LOGOUT_LATE, notice)
        _log.info("logout_told", notice_id=notice.id, attempts=notice.attempts)
        return "delivered"

    def _note_failure(self, notice: LogoutNotice, error: str, *, permanent: bool = False) -> str:
        with self._services.database.transaction() as session:
            given_up = mark_failed(session, self._services.clock, notice, error, permanent=permanent)
            if given_up:
                self._record(session, Tag.BACKCHANNEL_LOGOUT_FAILED, notice, error=error)
        _log.warning("logout_not_told", notice_id=notice.id, error=error, given_up=given_up)
        return "given_up" if given_up else "failed"

    def _record(self, session: Session, tag: Tag, notice: LogoutNotice, **details: str) -> None:
        client = session.get(Client, notice.client_id)
        event = EventRecord(
            tag=tag,
            at=self._services.clock.now(),
            realm_id=notice.realm_id,
            user_id=notice.user_id,
            client_id=client.client_id if client is not None else None,
            session_id=notice.session_id,
            details={"notice_id": notice.id, "attempts": notice.attempts, **details},
        )
        save_events(session, [event])


def measure_waiting(services: Services, metrics: Metrics) -> None:
    """Note in *metrics* how many notices are waiting."""
    with services.database.transaction() as session:
        metrics.set_waiting_logouts(count_waiting(session))
