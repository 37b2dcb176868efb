"""How long the outbox remembers what it sent: the recipients stay, the messages are wiped at once."""

from datetime import timedelta

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.mail.outbox import FAILED, SENT
from idp.models import OutgoingMail
from idp.storage.purge import delete_batch

RETENTION = timedelta(days=30)


def purge_mail(session: Session, clock: Clock) -> int:
    """Delete mails that were sent or given up and are older than 30 days; return how many."""
    done = OutgoingMail.status.in_((SENT, FAILED))
    return delete_batch(session, OutgoingMail, done, OutgoingMail.created_at < clock.now() - RETENTION)
