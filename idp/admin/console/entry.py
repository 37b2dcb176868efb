"""The console's way in and out: the first page, the list of realms, and *Sign out*."""

from starlette.responses import Response

from idp.admin.console.administrator import CONSOLE, Visitor, find_visitor
from idp.admin.console.page import render_outside
from idp.events.tags import Tag
from idp.login.browser_state import forget_session
from idp.models import Realm
from idp.oidc.first_party_cookie import close_pages
from idp.oidc.frontchannel_logout import list_logout_frames, render_logged_out
from idp.realms.realms import list_realms
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_session
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def enter(_exchange: Exchange, visitor: Visitor) -> Response:
    """Lead to the realm's own overview, or to the first realm that may be administered."""
    realms = _list_visible(visitor)
    if not realms:
        return render_outside(visitor, "no_role", status=403)
    own = next((realm for realm in realms if realm.id == visitor.user.realm_id), realms[0])
    return see_other(visitor.for_realm(own).url())


def show_realms(exchange: Exchange, visitor: Visitor) -> Response:
    """Show the realms that may be administered; a search finds them by name and title."""
    search = exchange.query.get("search", "")[:100].strip()
    realms = [
        {
            "name": realm.name,
            "title": realm.display_name or realm.name,
            "enabled": realm.enabled,
            "url": visitor.for_realm(realm).url(),
        }
        for realm in _list_visible(visitor)
        if search.lower() in f"{realm.name} {realm.display_name}".lower()
    ]
    return render_outside(visitor, "realms", realms=realms, search=search)


def sign_out(exchange: Exchange) -> Response:
    """End the session, and with it the sign-in at every application."""
    verify_csrf_token(exchange)
    visitor = find_visitor(exchange)
    if visitor is None:
        return see_other(CONSOLE.url(exchange))
    end_session(exchange.session, exchange.services.clock, visitor.session.id, reason=Ending.SIGNED_OUT)
    close_pages(exchange, CONSOLE.kind)
    forget_session(exchange)
    exchange.record(Tag.LOGOUT, user_id=visitor.user.id, session_id=visitor.session.id)
    return render_logged_out(
        exchange,
        list_logout_frames(exchange, visitor.session.id),
        browser=guess_browser(exchange.user_agent),
        used_certificate=visitor.session.second_factor == "certificate",
        login_url=CONSOLE.url(exchange),
    )


def _list_visible(visitor: Visitor) -> list[Realm]:
    return [realm for realm in list_realms(visitor.exchange.session) if visitor.may_visit(realm)]
