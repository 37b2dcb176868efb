"""The cookie by which pages of our own know a browser; it is good for as long as the session that it was given for."""

import json
import secrets

from idp.login.certificate_policy import certificate_policy_of
from idp.login.impersonation import still_allowed
from idp.models import User, UserSession
from idp.sessions.impersonation import Deed, may
from idp.sessions.live_sessions import find_live_session_by_id
from idp.sessions.sessions import AMR_PASSWORD, digest_token
from idp.web.cookies import Cookie
from idp.web.exchange import Exchange

_DEEDS = {"account": Deed.LOOK_AT_ACCOUNT}
"""What a kind of pages is for somebody who is signed in as another; any that is not listed would be administration."""


def open_pages(exchange: Exchange, kind: str, session_id: str) -> None:
    """Give the browser a cookie for the session."""
    token = secrets.token_urlsafe(32)
    value = json.dumps({"session_id": session_id})
    exchange.services.ephemeral.put(_stored(kind), digest_token(token), value, exchange.realm.session_lifetime)
    exchange.cookies.write(Cookie(_name(exchange, kind), token))


def close_pages(exchange: Exchange, kind: str) -> None:
    """Take the cookie back."""
    token = exchange.cookies.read(_name(exchange, kind))
    if token:
        exchange.services.ephemeral.delete(_stored(kind), digest_token(token))
    exchange.cookies.remove(_name(exchange, kind))


def find_signed_in(exchange: Exchange, kind: str) -> tuple[User, UserSession] | None:
    """Return whose the cookie is and their session, or None when that is over or proves too little by now."""
    token = exchange.cookies.read(_name(exchange, kind))
    text = exchange.services.ephemeral.get(_stored(kind), digest_token(token)) if token else None
    if text is None:
        return None
    live = find_live_session_by_id(
        exchange.transaction,
        exchange.services.clock,
        session_id=json.loads(text)["session_id"],
        idle_lifetime=exchange.realm.session_idle_lifetime,
    )
    if live is None or live.realm_id != exchange.realm.id:
        return None
    user, session = exchange.session.get_one(User, live.user.id), exchange.session.get_one(UserSession, live.id)
    if live.impersonator is not None:
        deed = _DEEDS.get(kind, Deed.ADMINISTER)
        return (user, session) if may(live.impersonator, deed) and still_allowed(exchange, live.impersonator) else None
    return (user, session) if _strong_enough(exchange, user, session) else None


def _strong_enough(exchange: Exchange, user: User, session: UserSession) -> bool:
    """Tell whether the session proves a password and, where two-factor login was switched on since it began, a second factor."""
    if AMR_PASSWORD not in session.amr:
        return False
    if session.enrolment_only or exchange.realm.certificate_policy == "off":
        return True
    if session.second_factor is not None:
        return True
    policy = certificate_policy_of(exchange, user.id)
    return user.two_factor_enabled_at is None and policy != "required"


def _stored(kind: str) -> str:
    return f"{kind}-session"


def _name(exchange: Exchange, kind: str) -> str:
    return f"idp-{kind}-{exchange.realm.name}"
