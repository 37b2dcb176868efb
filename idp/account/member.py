"""Who looks at the dashboard: the person of the session it was opened with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from idp.account.sign_in import DASHBOARD
from idp.models import User, UserSession
from idp.oidc.first_party_cookie import find_signed_in
from idp.oidc.first_party_sign_in import begin_sign_in
from idp.web.endpoint import Handler
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_AFTERWARDS = "two-factor"


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
Bar = Callable[[Exchange, Member], Response | None]
"""Returns the answer to a member for whom the page is shut, None where it is open."""


def for_members(handler: MemberHandler, bar: Bar, *, enrolment: bool = False, recent: bool = False) -> Handler:
    """Return a handler that asks for sign-in first; *enrolment* pages are open to enrolment sessions too.

    *recent* pages ask for it again when the last sign-in is more than 15 minutes ago (ASVS 5 section 7.5.1); *bar* is asked first.
    """

    def answer(exchange: Exchange) -> Response:
        member = find_member(exchange)
        if member is None:
            return begin_sign_in(exchange, DASHBOARD)
        shut = bar(exchange, member)
        if shut is not None:
            return shut
        if member.may_only_enrol and not enrolment:
            return see_other(exchange.url("/account/two-factor"))
        if recent and not _signed_in_recently(exchange, member):
            below = _AFTERWARDS if exchange.method == "POST" else None
            return begin_sign_in(exchange, DASHBOARD, max_age=RECENT, below=below)
        return handler(exchange, member)

    return answer


def find_member(exchange: Exchange) -> Member | None:
    """Return who the dashboard's cookie stands for, or None when that session is over or too weak by now."""
    found = find_signed_in(exchange, DASHBOARD.kind)
    return None if found is None else Member(*found)


def _signed_in_recently(exchange: Exchange, member: Member) -> bool:
    """An enrolment session lasts an hour and can do nothing else, so it is never asked again."""
    age = exchange.services.clock.now() - member.session.auth_time
    return member.may_only_enrol or age <= RECENT
