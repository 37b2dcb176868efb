"""The outbox as an administrator sees it: what waits, what was given up, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.mail.outbox import FAILED, QUEUED, SENDING, SENT
from idp.models import OutgoingMail
from idp.storage.keyset import Position, order_from

WAITING, GIVEN_UP, DELIVERED = "waiting", "failed", "sent"
_STATES = {WAITING: (QUEUED, SENDING), GIVEN_UP: (FAILED,), DELIVERED: (SENT,)}


@dataclass(frozen=True)
class QueueState:
    """How many mails wait, since when the oldest of them does, and how many were given up."""

    waiting: int
    failed: int
    oldest: datetime | None


def describe_queue(session: Session, realm_id: str) -> QueueState:
    """Return the state of the realm's outbox."""
    of_realm = OutgoingMail.realm_id == realm_id
    waiting, oldest = session.execute(
        select(func.count(), func.min(OutgoingMail.created_at)).where(
            of_realm, OutgoingMail.status.in_(_STATES[WAITING])
        )
    ).one()
    failed = session.scalar(
        select(func.count()).select_from(OutgoingMail).where(of_realm, OutgoingMail.status == FAILED)
    )
    return QueueState(waiting, failed or 0, oldest)


def list_mails(
    session: Session, realm_id: str, state: str, *, older_than: Position | None = None, limit: int = 50
) -> Sequence[OutgoingMail]:
    """Return mails in that state, newest first."""
    statement = select(OutgoingMail).where(OutgoingMail.realm_id == realm_id, OutgoingMail.status.in_(_STATES[state]))
    return session.scalars(order_from(statement, OutgoingMail.created_at, older_than).limit(limit)).all()


def retry_mails(session: Session, clock: Clock, realm_id: str, mail_ids: Sequence[str]) -> int:
    """Make waiting mails due now, but for those that are being sent at the moment; return how many."""
    # What was given up cannot be sent: its message is wiped, and its links are dead.
    chosen = (OutgoingMail.realm_id == realm_id) & OutgoingMail.id.in_(mail_ids) & (OutgoingMail.status == QUEUED)
    statement = update(OutgoingMail).where(chosen).values(next_attempt_at=clock.now())
    return int(session.execute(statement.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def drop_mails(session: Session, realm_id: str, mail_ids: Sequence[str]) -> list[str]:
    """Delete mails that are not being sent at the moment; return the names of their templates."""
    chosen = (OutgoingMail.realm_id == realm_id) & OutgoingMail.id.in_(mail_ids) & (OutgoingMail.status != SENDING)
    statement = delete(OutgoingMail).where(chosen).returning(OutgoingMail.template)
    return list(session.scalars(statement.execution_options(synchronize_session=False)))
