"""Links for lost certificates: ``/realms/{realm}/recovery-requests``. The links themselves are told nowhere."""

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
)
from idp.admin.api.resource import Resource
from idp.events.tags import Tag
from idp.users.recovery_requests import (
    RecoveryQuery,
    RecoveryRequest,
    revoke_recovery_request,
    search_recovery_requests,
)

recovery_requests = Resource("Recovery requests")
_REQUESTS = "/realms/{realm}/recovery-requests"


class RecoveryRepresentation(Representation):
    """A link. `purpose` is disable_two_factor or enrolment; `state` is pending, used or void."""

    id: str
    userId: str
    username: str
    purpose: str
    state: str
    createdDate: int
    expiresDate: int
    usedDate: int | None = None


class RecoveryPage(BaseModel):
    """Which links, and how many; *after* is the id that the page before ended with."""

    model_config = ConfigDict(extra="ignore")

    userId: Term | None = None
    purpose: Term | None = None
    max: Most = DEFAULT_MOST
    after: Term | None = None


@recovery_requests.get(_REQUESTS, InRealm("view-users"))
def list_requests(call: Call, page: Annotated[RecoveryPage, Query()]) -> list[RecoveryRepresentation]:
    """Return links, newest first: those of the last week. What was before is in the events."""
    query = RecoveryQuery(user_id=page.userId, purpose=page.purpose)
    clock = call.services.clock
    found = search_recovery_requests(call.session, clock, call.realm.id, query, limit=page.max, after=page.after)
    return [_describe(one) for one in found]


@recovery_requests.delete(f"{_REQUESTS}/{{request_id}}", InRealm("manage-users"))
def revoke(call: Call, request_id: str) -> None:
    """Take a link back that was not used; whoever follows it finds it void."""
    found = revoke_recovery_request(call.session, call.services.clock, call.realm.id, request_id)
    before = {"purpose": found.row.purpose, "state": str(found.state)}
    call.record(Tag.RECOVERY_LINK_REVOKED, f"recovery-requests/{request_id}", before=before, user_id=found.user.id)


def _describe(found: RecoveryRequest) -> RecoveryRepresentation:
    row = found.row
    return RecoveryRepresentation(
        id=row.id,
        userId=row.user_id,
        username=found.user.username,
        purpose=row.purpose,
        state=found.state,
        createdDate=milliseconds(row.created_at),
        expiresDate=milliseconds(row.expires_at),
        usedDate=optional_milliseconds(row.used_at),
    )
