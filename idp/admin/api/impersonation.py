"""Sign in as somebody else: ``/realms/{realm}/users/{id}/impersonation``. The browser that calls gets the session's cookie."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from idp.admin.api.call import Call
from idp.admin.api.lookup import get_user
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation
from idp.admin.api.resource import Resource
from idp.admin.impersonation import RECENT, Applicant, find_obstacle, impersonate, verify_reason
from idp.errors import NotPermitted
from idp.users.management_roles import IMPERSONATION

impersonation = Resource("Impersonation")
Reason = Annotated[str, Query(min_length=1, max_length=255)]


class ImpersonationRepresentation(Representation):
    """Whether the caller is of the same realm, and where the person's account page is."""

    sameRealm: bool
    redirect: str


@impersonation.post("/realms/{realm}/users/{user_id}/impersonation", InRealm(IMPERSONATION), status=200)
def begin(call: Call, user_id: str, reason: Reason) -> ImpersonationRepresentation:
    """Give the caller's browser a session of the account, for half an hour at most, in which nothing can be changed.

    Takes a person who has signed in within 15 minutes, and has every permission that the account has.
    """
    user, exchange = get_user(call, user_id), call.at_realm()
    applicant = _find_applicant(call)
    obstacle = find_obstacle(exchange, applicant, user)
    if obstacle:
        raise NotPermitted(f"not as {user.username}: {obstacle}")
    impersonate(exchange, applicant, user, verify_reason(reason))
    return ImpersonationRepresentation(
        sameRealm=call.caller.realm_id == call.realm.id, redirect=exchange.url("/account/")
    )


def _find_applicant(call: Call) -> Applicant:
    """Return the caller, who is a person that has just signed in; raise `NotPermitted`."""
    caller, now = call.caller, call.services.clock.now()
    if caller.session_id is None or caller.auth_time is None:
        raise NotPermitted("a client does not sign in as somebody")
    if now - datetime.fromtimestamp(caller.auth_time, UTC) > RECENT:
        raise NotPermitted("the sign-in is more than 15 minutes ago")
    return Applicant(
        user_id=caller.user_id,
        username=caller.username,
        realm=caller.realm_name,
        client_id=caller.client_id,
        session_id=caller.session_id,
        authority=caller.authority,
    )
