"""Sign in as the person, for half an hour and a reason that they can read."""

from typing import Any

from starlette.responses import Response

from idp.admin.console.administrator import CONSOLE, Administrator
from idp.admin.console.people.person import at_realm, render_person
from idp.admin.impersonation import Applicant, find_obstacle, impersonate, verify_reason
from idp.errors import InvalidInput
from idp.models import User
from idp.sessions.impersonation import LIFETIME
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def show_impersonate(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Ask for the reason, or say why it cannot be."""
    return _render(exchange, administrator, user)


def submit_impersonate(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Give this browser the session, and lead to the person's account."""
    there = at_realm(exchange, administrator)
    if find_obstacle_for(exchange, administrator, user):
        return _render(exchange, administrator, user, status=409)
    try:
        reason = verify_reason(exchange.form.get("reason", ""))
    except InvalidInput:
        return _render(exchange, administrator, user, status=422, errors={"reason": "reason"})
    impersonate(there, _applicant(exchange, administrator), user, reason)
    return see_other(there.url("/account/"))


def find_obstacle_for(exchange: Exchange, administrator: Administrator, user: User) -> str:
    """Return why the administrator may not sign in as the person, as `idp.admin.impersonation.find_obstacle` names it."""
    return find_obstacle(at_realm(exchange, administrator), _applicant(exchange, administrator), user)


def _applicant(exchange: Exchange, administrator: Administrator) -> Applicant:
    return Applicant(
        user_id=administrator.user.id,
        username=administrator.user.username,
        realm=exchange.realm.name,
        client_id=CONSOLE.client_id,
        session_id=administrator.session.id,
        authority=administrator.authority,
    )


def _render(
    exchange: Exchange, administrator: Administrator, user: User, *, status: int = 200, **more: Any
) -> Response:
    return render_person(
        exchange,
        administrator,
        user,
        "user_impersonate",
        status=status,
        obstacle=find_obstacle_for(exchange, administrator, user),
        minutes=int(LIFETIME.total_seconds()) // 60,
        reason=exchange.form.get("reason", ""),
        same_realm=user.realm_id == administrator.user.realm_id,
        **more,
    )
