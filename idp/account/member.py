"""Who looks at the dashboard: the person of the session it was opened with."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from idp.account.sign_in import begin_sign_in
from idp.models import User, UserSession
from idp.sessions.live_sessions import find_live_session_by_id
from idp.sessions.sessions import AMR_PASSWORD, digest_token
from idp.web.cookies import Cookie
from idp.web.endpoint import Handler
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_KIND = "account-session"
_PATH_AFTERWARDS = "/account/two-factor"


@dataclass(frozen=True)
class Member:
    """A signed-in person and their session."""

    user: User
    session: UserSession

    @property
    def may_only_enrol(self) -> bool:
        """Whether the session came from an enrolment link."""
        return self.session.enrolment_only


# Whoever finds a dashboard open must not be able to bind a key of their own, or read the codes that replace one.
RECENT = timedelta(minutes=15)

MemberHandler = Callable[[Exchange, Member], Response]


def for_members(handler: MemberHandler, *, enrolment: bool = False, recent: bool = False) -> Handler:
    """Return a handler that asks for sign-in first; *enrolment* pages are open to enrolment sessions too.

    *recent* pages ask for it again when the last sign-in is more than 15 minutes ago (ASVS 5 section 7.5.1).
    """

    def answer(exchange: Exchange) -> Response:
        member = find_member(exchange)
        if member is None:
            return begin_sign_in(exchange)
        if member.may_only_enrol and not enrolment:
            return see_other(exchange.url("/account/two-factor"))
        if recent and not _signed_in_recently(exchange, member):
            return begin_sign_in(exchange, max_age=RECENT, path=_PATH_AFTERWARDS if exchange.method == "POST" else None)
        return handler(exchange, member)

    return answer


def find_member(exchange: Exchange) -> Member | None:
    """Return who the dashboard's cookie stands for, or None when that session is over or too weak by now."""
    token = exchange.cookies.read(_cookie_name(exchange))
    text = exchange.services.ephemeral.get(_KIND, digest_token(token)) if token else None
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
    session = exchange.session
    member = Member(session.get_one(User, live.user.id), session.get_one(UserSession, live.id))
    return member if _strong_enough(exchange, member) else None


def open_dashboard(exchange: Exchange, session_id: str) -> None:
    """Give the browser a dashboard cookie for the session; it is good for as long as that session is."""
    token = secrets.token_urlsafe(32)
    value = json.dumps({"session_id": session_id})
    exchange.services.ephemeral.put(_KIND, digest_token(token), value, exchange.realm.session_lifetime)
    exchange.cookies.write(Cookie(_cookie_name(exchange), token))


def close_dashboard(exchange: Exchange) -> None:
    """Take the dashboard cookie back."""
    token = exchange.cookies.read(_cookie_name(exchange))
    if token:
        exchange.services.ephemeral.delete(_KIND, digest_token(token))
    exchange.cookies.remove(_cookie_name(exchange))


def _signed_in_recently(exchange: Exchange, member: Member) -> bool:
    """An enrolment session lasts an hour and can do nothing else, so it is never asked again."""
    age = exchange.services.clock.now() - member.session.auth_time
    return member.may_only_enrol or age <= RECENT


def _strong_enough(exchange: Exchange, member: Member) -> bool:
    """Tell whether the session proves a password and, where two-factor login was switched on since it began, a second factor."""
    if AMR_PASSWORD not in member.session.amr:
        return False
    if member.may_only_enrol or exchange.realm.certificate_policy == "off":
        return True
    if member.session.second_factor is not None:
        return True
    return member.user.two_factor_enabled_at is None and exchange.realm.certificate_policy != "required"


def _cookie_name(exchange: Exchange) -> str:
    return f"idp-account-{exchange.realm.name}"
