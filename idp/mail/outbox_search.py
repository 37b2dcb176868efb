"""What is in the outbox, for administrators: who was written to, when, what became of it; never what was written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.errors import NotFound
from idp.mail.outbox import FAILED, QUEUED
from idp.models import OutgoingMail
from idp.storage.keyset import order_by_key

DROPPED = "dropped by an administrator"


@dataclass(frozen=True, kw_only=True)
class MailQuery:
    """What mails have to be like; `recipient` is a part of the address."""

    status: str | None = None
    template: str | None = None
    recipient: str | None = None
    user_id: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def search_mail(
    session: Session, realm_id: str, query: MailQuery, *, limit: int = 100, after: str | None = None
) -> Sequence[OutgoingMail]:
    """Return *limit* mails, newest first, that follow the one with the id *after*. Raise `InvalidInput` where the realm has none."""
    statement = select(OutgoingMail).where(OutgoingMail.realm_id == realm_id)
    equal = (
        (OutgoingMail.status, query.status),
        (OutgoingMail.template, query.template),
        (OutgoingMail.user_id, query.user_id),
    )
    statement = statement.where(*(column == value for column, value in equal if value is not None))
    if query.recipient:
        folded = func.lower(OutgoingMail.recipient)  # as the index has it
        statement = statement.where(folded.contains(query.recipient.lower(), autoescape=True))
    if query.created_after is not None:
        statement = statement.where(OutgoingMail.created_at >= query.created_after)
    if query.created_before is not None:
        statement = statement.where(OutgoingMail.created_at < query.created_before)
    ordered = order_by_key(session, statement, OutgoingMail.created_at, realm_id=realm_id, after=after)
    return session.scalars(ordered.limit(limit)).all()


def get_mail(session: Session, realm_id: str, mail_id: str) -> OutgoingMail:
    """Return the mail with this id; raise `NotFound`, also for another realm's."""
    mail = session.get(OutgoingMail, mail_id)
    if mail is None or mail.realm_id != realm_id:
        raise NotFound("no such mail in this realm")
    return mail


def retry_now(session: Session, clock: Clock, mail: OutgoingMail) -> bool:
    """Let a waiting mail be due at once and tell whether it was waiting."""
    return _change_waiting(session, mail, next_attempt_at=clock.now())


def drop(session: Session, mail: OutgoingMail) -> bool:
    """Give a waiting mail up, wipe its message, and tell whether it was waiting."""
    return _change_waiting(session, mail, status=FAILED, message_encrypted=None, last_error=DROPPED)


def _change_waiting(session: Session, mail: OutgoingMail, **values: object) -> bool:
    """Change it in one statement, because a worker may claim it at the same moment."""
    statement = update(OutgoingMail).where(OutgoingMail.id == mail.id, OutgoingMail.status == QUEUED).values(**values)
    returning = statement.returning(OutgoingMail).execution_options(synchronize_session=False, populate_existing=True)
    return bool(session.scalars(returning).all())
