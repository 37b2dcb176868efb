"""The event of a mail that was sent, or given up."""

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.mail.worker import OnEvent
from idp.models import OutgoingMail

_TAGS = {"sent": Tag.MAIL_SENT, "failed": Tag.MAIL_FAILED}


def build_mail_recorder(clock: Clock) -> OnEvent:
    """Return what the mail worker calls with the outcome of each mail."""

    def record(session: Session, mail: OutgoingMail, outcome: str) -> None:
        details = {"mail_id": mail.id, "template": mail.template, "attempts": mail.attempts}
        if outcome == "failed":
            details["error"] = mail.last_error or ""
        event = EventRecord(
            tag=_TAGS[outcome], at=clock.now(), realm_id=mail.realm_id, user_id=mail.user_id, details=details
        )
        save_events(session, [event])

    return record
