"""The OP browser state, a cookie that scripts of our own frame may read (OpenID Connect Session Management 1.0 section 3.2).

It is made of the session's public `sid`: whoever sees it learns no more than an ID Token says, and cannot sign in with it.
"""

import hashlib

from idp.login.begin import current_session, session_cookie_name
from idp.web.cookies import Cookie
from idp.web.exchange import Exchange


def browser_state_cookie_name(realm_name: str) -> str:
    """Return the name of the realm's browser state cookie (without the prefix it has on https)."""
    return f"idp-state-{realm_name}"


def build_browser_state(session_id: str) -> str:
    """Return the browser state of a session: 64 hexadecimal digits. Without a session it is empty."""
    return hashlib.sha256(f"browser-state:{session_id}".encode()).hexdigest()


def read_browser_state(exchange: Exchange) -> str:
    """Return the browser state that came with the request, empty where there is none."""
    return exchange.cookies.read(browser_state_cookie_name(exchange.realm.name)) or ""


def show_browser_state(exchange: Exchange, session_id: str) -> str:
    """Have the browser show that it is in that session, where it does not yet; return the browser state."""
    state = build_browser_state(session_id)
    if read_browser_state(exchange) != state:
        name, seconds = browser_state_cookie_name(exchange.realm.name), exchange.realm.session_lifetime.total_seconds()
        exchange.cookies.write(Cookie(name, state, max_age=int(seconds), for_scripts=True))
    return state


def remember_session(exchange: Exchange, session_id: str, token: str) -> None:
    """Give the browser the session's cookie, and show the browser state."""
    exchange.cookies.write(Cookie(session_cookie_name(exchange.realm.name), token))
    show_browser_state(exchange, session_id)


def forget_session(exchange: Exchange) -> None:
    """Take both cookies back."""
    exchange.cookies.remove(session_cookie_name(exchange.realm.name))
    exchange.cookies.remove(browser_state_cookie_name(exchange.realm.name), for_scripts=True)


def forget_session_unless_hidden(exchange: Exchange, session_id: str) -> None:
    """Take both cookies back, unless the browser may be in another session than *session_id* and does not show it.

    It does not in a frame of another site, which must not be able to confuse the applications of whoever is signed in.
    """
    came = exchange.cookies.read(session_cookie_name(exchange.realm.name)) is not None
    if came or read_browser_state(exchange) in {"", build_browser_state(session_id)}:
        forget_session(exchange)


def forget_dead_session(exchange: Exchange) -> str:
    """Take the cookies of a session back that has ended elsewhere; return the browser state that is left.

    In another site's frame the session's cookie does not come, so its absence says nothing.
    """
    state = read_browser_state(exchange)
    came = exchange.cookies.read(session_cookie_name(exchange.realm.name)) is not None
    if not state or not came or current_session(exchange) is not None:
        return state
    forget_session(exchange)
    return ""
