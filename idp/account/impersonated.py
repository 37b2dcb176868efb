"""What somebody may do on the dashboard who is signed in as another: look at some pages, and end it."""

from typing import Any

from idp.account.member import Member
from idp.sessions.impersonation import Deed, may, read_impersonator
from idp.web.exchange import Exchange
from idp.web.mailer import local_time

# Nothing on these shows what opens the account; all other pages, and every form, are for the person alone.
_READABLE = frozenset({"", "activity", "applications", "certificates/{certificate}", "personal-info", "two-factor"})


def is_open(exchange: Exchange, member: Member, path: str) -> bool:
    """Tell whether the request at the dashboard's *path* may be answered in this session."""
    looks = exchange.method == "GET" and path in _READABLE
    return may(member.session.impersonator, Deed.LOOK_AT_ACCOUNT if looks else Deed.CHANGE_ACCOUNT)


def describe_impersonation(member: Member) -> dict[str, Any] | None:
    """Return what the banner says of who is really there; None for the person."""
    session = member.session
    impersonator = read_impersonator(session.impersonator)
    if impersonator is None:
        return None
    until = local_time(member.user, session.expires_at)
    return {"by": impersonator.username, "reason": impersonator.reason, "until": until}
