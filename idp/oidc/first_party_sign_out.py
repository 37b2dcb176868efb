"""*Sign out* on pages of our own ends the session, and with it the sign-in at every application."""

from starlette.responses import Response

from idp.events.tags import Tag
from idp.login.browser_state import forget_session
from idp.login.impersonation import record_end
from idp.oidc.first_party_cookie import close_pages, find_signed_in
from idp.oidc.first_party_sign_in import OwnPages
from idp.oidc.frontchannel_logout import list_logout_frames, render_logged_out
from idp.sessions.endings import Ending
from idp.sessions.impersonation import read_impersonator
from idp.sessions.sessions import end_session
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def sign_out(exchange: Exchange, pages: OwnPages) -> Response:
    """End the session and say what the browser may still remember."""
    verify_csrf_token(exchange)
    found = find_signed_in(exchange, pages.kind)
    if found is None:
        return see_other(pages.url(exchange))
    user, session = found
    end_session(exchange.session, exchange.services.clock, session.id, reason=Ending.SIGNED_OUT)
    close_pages(exchange, pages.kind)
    forget_session(exchange)
    impersonator = read_impersonator(session.impersonator)
    if impersonator is None:
        exchange.record(Tag.LOGOUT, user_id=user.id, session_id=session.id)
    else:
        record_end(exchange, impersonator, user_id=user.id, session_id=session.id)
    return render_logged_out(
        exchange,
        list_logout_frames(exchange, session.id),
        browser=guess_browser(exchange.user_agent),
        used_certificate=session.second_factor == "certificate",
        login_url=pages.url(exchange),
    )
