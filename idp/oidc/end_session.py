"""The end session endpoint (OpenID Connect RP-Initiated Logout 1.0)."""

from collections.abc import Sequence

from starlette.responses import Response

from idp.events.tags import Tag
from idp.login.begin import current_session
from idp.login.browser_state import build_browser_state, forget_session_unless_hidden, read_browser_state
from idp.login.impersonation import record_end
from idp.oidc.frontchannel_logout import LogoutFrame, list_logout_frames, render_logged_out
from idp.oidc.logout_request import LogoutRequest, read_logout_request
from idp.oidc.redirect_uris import origin_of
from idp.oidc.repetition import repeat_as_get
from idp.oidc.request import parameters_of
from idp.sessions.endings import Ending
from idp.sessions.live_sessions import LiveSession
from idp.sessions.sessions import end_session
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import render_page, see_other

CONFIRM_PATH = "/protocol/openid-connect/logout/logout-confirm"
_WRONG = (
    "The application that sent you here made a mistake, so we cannot send you back to it. "
    "Please tell those who run the application."
)


def logout(exchange: Exchange) -> Response:
    """End the session that the ID Token hint names; without a genuine hint of this browser's session, ask the person first.

    Otherwise any page could sign people out (section 6).
    """
    request = read_logout_request(exchange, parameters_of(exchange))
    live = current_session(exchange)
    if live is None and _hides_cookies(exchange, request) and (again := repeat_as_get(exchange)):
        return again
    if request.problem:
        return _refuse(exchange, request, live)
    if live is not None and live.id != request.session_id:
        return _ask(exchange, request, live)
    return _finish(exchange, request, live, request.session_id)


def confirm_logout(exchange: Exchange) -> Response:
    """End the browser's session after the person has said so."""
    verify_csrf_token(exchange)
    live = current_session(exchange)
    return _finish(exchange, read_logout_request(exchange, exchange.form), live, "" if live is None else live.id)


def _hides_cookies(exchange: Exchange, request: LogoutRequest) -> bool:
    """Tell whether the browser may have a session that it does not show, as in a form that another site posts.

    The browser state comes in spite of that. It tells whether the hint is about the session of this browser.
    """
    if exchange.method != "POST":
        return False
    return not request.session_id or read_browser_state(exchange) not in {"", build_browser_state(request.session_id)}


def _refuse(exchange: Exchange, request: LogoutRequest, live: LiveSession | None) -> Response:
    """Say that the request is wrong (section 4): nothing in it is followed, but the person may sign out."""
    event_id = exchange.record(
        Tag.LOGOUT_REFUSED,
        user_id=live.user.id if live is not None else None,
        client_id=request.client_id,
        reason=request.problem,
    )
    if live is not None:
        return _ask(exchange, request, live, status=400, message=_WRONG, event_id=event_id)
    return render_page(
        exchange,
        "login/logged_out.html",
        status=400,
        message=_WRONG,
        event_id=event_id,
        application=request.application,
        used_certificate=False,
    )


def _ask(
    exchange: Exchange, request: LogoutRequest, live: LiveSession, *, status: int = 200, **context: str
) -> Response:
    return render_page(
        exchange,
        "login/logout_confirm.html",
        status=status,
        form_action=(origin_of(request.redirect_uri),) if request.redirect_uri else (),
        action=exchange.url(CONFIRM_PATH),
        name=live.user.name,
        application=request.application,
        parameters=request.carried,
        **context,
    )


def _finish(exchange: Exchange, request: LogoutRequest, live: LiveSession | None, session_id: str) -> Response:
    frames = _end(exchange, request, live, session_id) if session_id else []
    forget_session_unless_hidden(exchange, session_id)
    if request.return_address and not frames:
        return see_other(request.return_address)
    return render_logged_out(
        exchange,
        frames,
        continue_url=request.return_address,
        application=request.application,
        used_certificate=live is not None and live.certificate_claims is not None,
    )


def _end(
    exchange: Exchange, request: LogoutRequest, live: LiveSession | None, session_id: str
) -> Sequence[LogoutFrame]:
    if not end_session(exchange.session, exchange.services.clock, session_id, reason=Ending.LOGOUT):
        return []
    exchange.record(
        Tag.LOGOUT,
        user_id=live.user.id if live is not None else None,
        client_id=request.client_id,
        session_id=session_id,
    )
    if live is not None and live.id == session_id and live.impersonator is not None:
        record_end(exchange, live.impersonator, user_id=live.user.id, session_id=session_id)
    return list_logout_frames(exchange, session_id)
