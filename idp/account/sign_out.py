"""*Sign out* on the dashboard ends the session, and with it the sign-in at every application."""

from starlette.responses import Response

from idp.account.member import close_dashboard, find_member
from idp.events.tags import Tag
from idp.login.browser_state import forget_session
from idp.oidc.frontchannel_logout import list_logout_frames, render_logged_out
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_session
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def sign_out(exchange: Exchange) -> Response:
    """End the session and say what the browser may still remember."""
    verify_csrf_token(exchange)
    member = find_member(exchange)
    if member is None:
        return see_other(exchange.url("/account/"))
    end_session(exchange.session, exchange.services.clock, member.session.id, reason=Ending.SIGNED_OUT)
    close_dashboard(exchange)
    forget_session(exchange)
    exchange.record(Tag.LOGOUT, user_id=member.user.id, session_id=member.session.id)
    return render_logged_out(
        exchange,
        list_logout_frames(exchange, member.session.id),
        browser=guess_browser(exchange.user_agent),
        used_certificate=member.session.second_factor == "certificate",
        login_url=exchange.url("/account/"),
    )
