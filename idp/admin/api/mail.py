"""The outbox: ``/realms/{realm}/mail``. What a mail says is told nowhere: it holds links."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict

from idp.admin.api.call import Call
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import (
    DEFAULT_MOST,
    Most,
    Representation,
    Term,
    milliseconds,
    optional_milliseconds,
    read_instant,
)
from idp.admin.api.resource import Resource
from idp.errors import Conflict
from idp.events.tags import Tag
from idp.mail.outbox_search import MailQuery, drop, get_mail, retry_now, search_mail
from idp.models import OutgoingMail

mail = Resource("Mail")
VIEW, MANAGE = InRealm("view-mail"), InRealm("manage-mail")
_OUTBOX = "/realms/{realm}/mail/outbox"
_ONE = f"{_OUTBOX}/{{mail_id}}"


class MailRepresentation(Representation):
    """A mail in the outbox."""

    id: str
    userId: str | None = None
    template: str
    recipient: str
    status: str
    attempts: int
    createdDate: int
    nextAttemptDate: int | None = None
    sentDate: int | None = None
    lastError: str | None = None


class MailPage(BaseModel):
    """Which mails, and how many; *after* is the id that the page before ended with."""

    model_config = ConfigDict(extra="ignore")

    status: Term | None = None
    template: Term | None = None
    recipient: Term | None = None
    userId: Term | None = None
    dateFrom: Term | None = None
    dateTo: Term | None = None
    max: Most = DEFAULT_MOST
    after: Term | None = None

    def read(self) -> MailQuery:
        """Return the query."""
        return MailQuery(
            status=self.status,
            template=self.template,
            recipient=self.recipient,
            user_id=self.userId,
            created_after=read_instant("dateFrom", self.dateFrom),
            created_before=read_instant("dateTo", self.dateTo, end_of_day=True),
        )


@mail.get(_OUTBOX, VIEW)
def list_outbox(call: Call, page: Annotated[MailPage, Query()]) -> list[MailRepresentation]:
    """Return mails, newest first."""
    found = search_mail(call.session, call.realm.id, page.read(), limit=page.max, after=page.after)
    return [_describe(row) for row in found]


@mail.get(_ONE, VIEW)
def read(call: Call, mail_id: str) -> MailRepresentation:
    """Return a mail."""
    return _describe(get_mail(call.session, call.realm.id, mail_id))


@mail.post(f"{_ONE}/retry", MANAGE)
def retry(call: Call, mail_id: str) -> None:
    """Let a waiting mail be sent at once. What was sent or given up has lost its message, and cannot be."""
    row = get_mail(call.session, call.realm.id, mail_id)
    if not retry_now(call.session, call.services.clock, row):
        raise Conflict("it does not wait")
    _record(call, Tag.MAIL_RETRIED, row)


@mail.delete(_ONE, MANAGE)
def remove(call: Call, mail_id: str) -> None:
    """Give a waiting mail up and wipe its message; the row stays for as long as others do."""
    row = get_mail(call.session, call.realm.id, mail_id)
    if not drop(call.session, row):
        raise Conflict("it does not wait")
    _record(call, Tag.MAIL_DROPPED, row)


def _record(call: Call, tag: Tag, row: OutgoingMail) -> None:
    after = {"template": row.template, "recipient": row.recipient}
    call.record(tag, f"mail/outbox/{row.id}", after=after, user_id=row.user_id)


def _describe(row: OutgoingMail) -> MailRepresentation:
    waiting = row.message_encrypted is not None
    return MailRepresentation(
        id=row.id,
        userId=row.user_id,
        template=row.template,
        recipient=row.recipient,
        status=row.status,
        attempts=row.attempts,
        createdDate=milliseconds(row.created_at),
        nextAttemptDate=milliseconds(row.next_attempt_at) if waiting else None,
        sentDate=optional_milliseconds(row.sent_at),
        lastError=row.last_error,
    )
