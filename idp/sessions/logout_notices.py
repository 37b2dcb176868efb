"""Back-channel logouts that clients are still to be told of (OpenID Connect Back-Channel Logout 1.0 section 2.5).

They are written in the transaction that ends a session. A worker claims one by moving its next attempt to the end of a lease: when
the worker dies, the lease runs out and the notice is due again. So a client is told at least once, and may be told twice.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Client, LogoutNotice, TokenFamily, UserSession, new_id
from idp.storage.purge import delete_batch

LEASE = timedelta(minutes=1)  # much longer than one attempt may take, see `idp.fetching.fetcher`
FIRST_DELAY = timedelta(seconds=5)
LONGEST_DELAY = timedelta(hours=1)
PATIENCE = timedelta(days=1)  # after that the client's own session has surely ended
RETENTION = timedelta(days=7)
_ERROR_LENGTH = 255


def write_logout_notices(session: Session, clock: Clock, session_ids: Sequence[str]) -> None:
    """Add a notice, due at once, for each client that took part in one of the sessions and wants to be told."""
    took_part = (
        select(UserSession.realm_id, UserSession.user_id, TokenFamily.session_id, TokenFamily.client_id)
        .join(UserSession, UserSession.id == TokenFamily.session_id)
        .join(Client, Client.id == TokenFamily.client_id)
        .where(TokenFamily.session_id.in_(session_ids), Client.backchannel_logout_uri != "", Client.enabled.is_(True))
        .distinct()
    )
    now = clock.now()
    due = {"created_at": now, "attempts": 0, "next_attempt_at": now, "last_error": ""}
    notices = [{"id": new_id(), **row._mapping, **due} for row in session.execute(took_part)]
    if notices:
        session.execute(insert(LogoutNotice), notices)


def claim_logout_notice(session: Session, clock: Clock, *, busy: Collection[str] = ()) -> LogoutNotice | None:
    """Claim the notice that has been due for longest, of clients not in *busy*; of several workers each gets another."""
    now = clock.now()
    due = select(LogoutNotice.id).where(LogoutNotice.next_attempt_at <= now, LogoutNotice.client_id.not_in(busy))
    oldest = due.order_by(LogoutNotice.next_attempt_at).limit(1).with_for_update(skip_locked=True)
    while notice_id := session.scalar(oldest):
        claim = (
            update(LogoutNotice)
            .where(LogoutNotice.id == notice_id, LogoutNotice.next_attempt_at <= now)
            .values(next_attempt_at=now + LEASE, attempts=LogoutNotice.attempts + 1)
            .returning(LogoutNotice)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        if notice := session.scalars(claim).one_or_none():
            return notice
        # SQLite locks nothing that it selects: another worker was faster. From here on the writer's lock is ours.
    return None


def mark_delivered(session: Session, clock: Clock, notice: LogoutNotice) -> bool:
    """Note that the client was told; return whether nobody had noted that before."""
    return _change(session, notice, delivered_at=clock.now(), next_attempt_at=None, last_error="")


def mark_failed(session: Session, clock: Clock, notice: LogoutNotice, error: str, *, permanent: bool = False) -> bool:
    """Note a failed attempt; try again after 5 s, 10 s, … 1 h, or give up: at once if *permanent*, or after a day.

    Return whether the notice was given up. When the lease ran out, another worker decides.
    """
    now = clock.now()
    given_up = permanent or now - notice.created_at >= PATIENCE
    next_attempt_at = None if given_up else now + _delay(notice.attempts)
    mine = _change(
        session, notice, lease=notice.next_attempt_at, next_attempt_at=next_attempt_at, last_error=error[:_ERROR_LENGTH]
    )
    return given_up and mine


def count_waiting(session: Session) -> int:
    """Return how many notices are neither delivered nor given up."""
    waiting = select(func.count()).select_from(LogoutNotice).where(LogoutNotice.next_attempt_at.is_not(None))
    return session.scalar(waiting) or 0


def purge_logout_notices(session: Session, clock: Clock) -> int:
    """Delete notices that were delivered or given up and are older than a week; return how many."""
    done, old = LogoutNotice.next_attempt_at.is_(None), LogoutNotice.created_at < clock.now() - RETENTION
    return delete_batch(session, LogoutNotice, done, old)


def _change(session: Session, notice: LogoutNotice, *, lease: datetime | None = None, **values: object) -> bool:
    statement = update(LogoutNotice).where(LogoutNotice.id == notice.id, LogoutNotice.next_attempt_at.is_not(None))
    if lease is not None:
        statement = statement.where(LogoutNotice.next_attempt_at == lease)
    changed = session.execute(statement.values(**values).execution_options(synchronize_session=False))
    return bool(changed.rowcount)  # type: ignore[attr-defined]


def _delay(attempts: int) -> timedelta:
    doublings = min(attempts - 1, 20)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)
