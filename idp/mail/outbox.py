"""The outbox (the pattern of a transactional outbox): a mail is a row until an SMTP server has taken it.

A worker claims a mail by moving its next attempt to the end of a lease. When the worker dies, the lease runs
out and the mail is due again: sent at least once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.encryption import Cipher
from idp.models import OutgoingMail, new_id

QUEUED, SENDING, SENT, FAILED = "queued", "sending", "sent", "failed"

LEASE = timedelta(minutes=5)  # longer than an SMTP server can keep one mail waiting, see `transport`
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=1)
PATIENCE = timedelta(days=3)  # RFC 5321 section 4.5.4.1 asks for 4 to 5 days; our links are dead long before
_ERROR_LENGTH = 500


@dataclass(frozen=True)
class MailContent:
    """What is encrypted at rest."""

    subject: str
    text: str
    html: str


def enqueue(
    session: Session,
    cipher: Cipher,
    clock: Clock,
    *,
    realm_id: str,
    user_id: str | None,
    template: str,
    recipient: str,
    subject: str,
    text: str,
    html: str,
) -> OutgoingMail:
    """Add a mail that is due at once; it goes out if, and only if, the session's transaction commits."""
    mail_id, now = new_id(), clock.now()
    content = json.dumps([subject, text, html]).encode()
    mail = OutgoingMail(
        id=mail_id,
        realm_id=realm_id,
        user_id=user_id,
        template=template,
        recipient=recipient,
        message_encrypted=cipher.encrypt(content, _context(mail_id)),
        status=QUEUED,
        attempts=0,
        created_at=now,
        next_attempt_at=now,
    )
    session.add(mail)
    return mail


def read_content(mail: OutgoingMail, cipher: Cipher) -> MailContent:
    """Return what the mail says; raise `DecryptionFailed`."""
    return MailContent(*json.loads(cipher.decrypt(mail.message_encrypted or b"", _context(mail.id))))


def claim_due(session: Session, clock: Clock, limit: int) -> Sequence[OutgoingMail]:
    """Claim up to *limit* mails that are due, oldest first; of several workers each gets others."""
    now = clock.now()
    waiting = OutgoingMail.status.in_((QUEUED, SENDING)) & (OutgoingMail.next_attempt_at <= now)
    due = select(OutgoingMail.id).where(waiting).order_by(OutgoingMail.next_attempt_at).limit(limit)
    while ids := session.scalars(due.with_for_update(skip_locked=True)).all():
        claim = (
            update(OutgoingMail)
            .where(OutgoingMail.id.in_(ids), waiting)
            .values(status=SENDING, next_attempt_at=now + LEASE)
            .returning(OutgoingMail)
            .execution_options(synchronize_session=False, populate_existing=True)
        )
        if mails := session.scalars(claim).all():
            return sorted(mails, key=lambda mail: mail.created_at)
        # SQLite locks nothing that it selects: another worker was faster. From here on the writer's lock is ours.
    return []


def mark_sent(session: Session, clock: Clock, mail: OutgoingMail) -> None:
    """Note that an SMTP server took the mail, and wipe its message."""
    _change(session, mail, status=SENT, sent_at=clock.now(), message_encrypted=None, last_error=None)


def mark_failed(session: Session, clock: Clock, mail: OutgoingMail, error: str, *, permanent: bool = False) -> bool:
    """Note a failed attempt; try again after 10 s, 20 s, … 1 h, or give up: at once if *permanent*, or after 3 days.

    Return whether the mail was given up; its message is wiped then.
    """
    attempts = mail.attempts + 1
    if permanent or _too_old(clock, mail):
        _give_up(session, mail, attempts, error)
        return True
    next_attempt_at = clock.now() + _delay(attempts)
    _change(session, mail, status=QUEUED, attempts=attempts, next_attempt_at=next_attempt_at, last_error=error)
    return False


def put_back(session: Session, clock: Clock, mail: OutgoingMail, error: str) -> bool:
    """Leave the mail due: no SMTP server could be reached, which is not the mail's fault. Return as `mark_failed`."""
    if _too_old(clock, mail):
        _give_up(session, mail, mail.attempts, error)
        return True
    _change(session, mail, status=QUEUED, next_attempt_at=clock.now(), last_error=error)
    return False


def _give_up(session: Session, mail: OutgoingMail, attempts: int, error: str) -> None:
    _change(session, mail, status=FAILED, attempts=attempts, message_encrypted=None, last_error=error)


def _change(session: Session, mail: OutgoingMail, **values: object) -> None:
    error = values.get("last_error")
    if isinstance(error, str):
        values["last_error"] = error[:_ERROR_LENGTH]
    statement = update(OutgoingMail).where(OutgoingMail.id == mail.id, OutgoingMail.status == SENDING)
    session.execute(statement.values(**values).execution_options(synchronize_session=False))


def _delay(attempts: int) -> timedelta:
    doublings = min(attempts - 1, 20)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def _too_old(clock: Clock, mail: OutgoingMail) -> bool:
    return clock.now() - mail.created_at >= PATIENCE


def _context(mail_id: str) -> str:
    return f"outgoing_mail.message:{mail_id}"
