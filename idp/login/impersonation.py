"""Sessions in which an administrator is signed in as somebody else: whether they still may, and the event of the end."""

from idp.events.tags import Tag
from idp.sessions.impersonation import Impersonator
from idp.users.authority import find_authority_of_user
from idp.users.management_roles import IMPERSONATION
from idp.web.exchange import Exchange


def still_allowed(exchange: Exchange, impersonator: Impersonator | None) -> bool:
    """Tell whether the exchange's realm still lets that administrator do so, asked with every request; true where there is none."""
    if impersonator is None:
        return True
    if not exchange.realm.impersonation:
        return False
    return find_authority_of_user(exchange.session, impersonator.user_id).holds(exchange.realm.id, IMPERSONATION)


def record_end(exchange: Exchange, impersonator: Impersonator, *, user_id: str, session_id: str) -> None:
    """Note that somebody is signed in as *user_id* no longer."""
    by = {
        "user_id": impersonator.user_id,
        "username": impersonator.username,
        "realm": impersonator.issuer.rpartition("/")[2],
    }
    exchange.record(Tag.IMPERSONATION_ENDED, user_id=user_id, session_id=session_id, by=by, reason=impersonator.reason)
