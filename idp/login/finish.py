"""Everything is proven: make the session, say so in an event, and send the browser back to the caller."""

from datetime import datetime, timedelta

from starlette.responses import Response

from idp.errors import FlowExpired
from idp.events.tags import Tag
from idp.login.begin import current_session
from idp.login.browser_state import remember_session
from idp.login.flow import LoginFlow
from idp.login.flows import save_flow
from idp.login.impersonation import record_end
from idp.login.steps import CERTIFICATE, reached_acr
from idp.models import User, UserSession
from idp.sessions.endings import Ending
from idp.sessions.impersonation import Deed, may
from idp.sessions.live_sessions import LiveSession
from idp.sessions.sessions import (
    AMR_CERTIFICATE,
    AMR_PASSWORD,
    Authentication,
    create_session,
    end_session,
    renew_session,
)
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def finish(exchange: Exchange, flow: LoginFlow, user: User) -> Response:
    """Create or renew the session and return to the caller's path; raise `FlowExpired`."""
    _verify_adopted_session(exchange, flow)
    row = sign_in(exchange, user, authentication_of(flow))
    exchange.record(
        Tag.LOGIN_SUCCESS,
        user_id=user.id,
        client_id=flow.request.client_id,
        session_id=row.id,
        acr=row.acr,
        amr=row.amr,
        second_factor=row.second_factor,
        certificate=row.certificate_claims,
    )
    return leave(exchange, flow.having(session_id=row.id, finished=True))


def _verify_adopted_session(exchange: Exchange, flow: LoginFlow) -> None:
    """What a session proved counts only while it lives: signing out elsewhere ends this login too."""
    if flow.session_id is None:
        return
    live = current_session(exchange)
    if live is None or live.id != flow.session_id:
        raise FlowExpired("the session that this login was begun in is over")


def give_up(exchange: Exchange, flow: LoginFlow, error: str) -> Response:
    """Return to the caller with the OAuth *error*: the person could not, or would not, prove what was asked."""
    return leave(exchange, flow.having(error=error, finished=True))


def leave(exchange: Exchange, flow: LoginFlow) -> Response:
    """Save the finished flow and send the browser to the caller."""
    save_flow(exchange, flow)
    return see_other(exchange.url(f"{flow.request.return_path}?flow={flow.id}"))


def authentication_of(flow: LoginFlow) -> Authentication:
    """Return what the flow has proven, as the session will hold it."""
    password = () if flow.passwordless else (AMR_PASSWORD,)
    certificate = (AMR_CERTIFICATE,) if flow.second_factor == CERTIFICATE else ()
    return Authentication(
        auth_time=datetime.fromisoformat(flow.auth_time or ""),
        acr=reached_acr(flow),
        amr=password + certificate,
        second_factor=None if flow.passwordless else flow.second_factor,
        certificate_id=flow.certificate_id,
        certificate_claims=flow.certificate_claims,
    )


def leave_session(exchange: Exchange, live: LiveSession) -> None:
    """End the browser's session, because another one takes its place."""
    end_session(exchange.session, exchange.services.clock, live.id, reason=Ending.ANOTHER_USER)
    if live.impersonator is not None:
        record_end(exchange, live.impersonator, user_id=live.user.id, session_id=live.id)


def sign_in(
    exchange: Exchange, user: User, authentication: Authentication, *, lifetime: timedelta | None = None
) -> UserSession:
    """Give this browser a session of *user*, under a new cookie; one that is not their own ends, in whoever's name it is."""
    live = current_session(exchange)
    clock, lifetime = exchange.services.clock, lifetime or exchange.realm.session_lifetime
    if live is not None and live.user.id == user.id and may(live.impersonator, Deed.SIGN_IN_ANEW):
        row = exchange.session.get_one(UserSession, live.id)
        token = renew_session(clock, row, authentication=authentication, lifetime=lifetime)
    else:
        if live is not None:
            leave_session(exchange, live)
        row, token = create_session(
            exchange.transaction,
            clock,
            user=user,
            authentication=authentication,
            lifetime=lifetime,
            address=exchange.address,
            user_agent=exchange.user_agent,
        )
    remember_session(exchange, row.id, token)
    return row
