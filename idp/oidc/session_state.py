"""`session_state`: which browser state an answer was given in, for one client and origin (Session Management 1.0 section 2)."""

import hashlib
import secrets

from idp.clients.registration import ClientRegistration
from idp.clients.uris import is_own_scheme, web_origin_of
from idp.login.browser_state import forget_dead_session, show_browser_state
from idp.oidc.authorization_request import AuthorizationRequest
from idp.oidc.scopes import OPENID
from idp.sessions.live_sessions import LiveSession
from idp.web.exchange import Exchange


def show_session_state(
    exchange: Exchange, client_id: str, asked: AuthorizationRequest, live: LiveSession | None
) -> dict[str, str]:
    """Have the browser show its state, and return the parameter `session_state`; nothing where no page could compare it.

    Without *live* nobody is signed in, as far as this request can see.
    """
    origin = _page_origin_of(asked.redirect_uri)
    if not origin or OPENID not in asked.scope.split():
        return {}
    browser_state = forget_dead_session(exchange) if live is None else show_browser_state(exchange, live.id)
    return {"session_state": build_session_state(client_id, origin, browser_state, secrets.token_hex(16))}


def build_session_state(client_id: str, origin: str, browser_state: str, salt: str) -> str:
    """Return the salted hash and the salt, as the script session_iframe.js computes it."""
    text = f"{client_id} {origin} {browser_state} {salt}"
    return f"{hashlib.sha256(text.encode()).hexdigest()}.{salt}"


def may_ask(client: ClientRegistration, origin: str) -> bool:
    """Tell whether pages of *origin* are the client's: one of its web origins, or where its answers go."""
    origins = {*client.web_origins, *(_page_origin_of(uri) for uri in client.redirect_uris)}
    return bool(origin) and origin in origins


def _page_origin_of(uri: str) -> str:
    """Return the origin of a registered redirect URI, empty where no page is."""
    return "" if is_own_scheme(uri) else web_origin_of(uri)
