"""Sign an administrator in as somebody else: for whom that is open, and the session that they get in this browser."""

from dataclasses import dataclass
from datetime import timedelta

from idp.errors import InvalidInput
from idp.events.record import EventRecord
from idp.events.tags import Tag
from idp.login.begin import current_session
from idp.login.browser_state import remember_session
from idp.login.finish import leave_session
from idp.models import User, UserSession
from idp.oidc.first_party_cookie import close_pages
from idp.sessions.impersonation import ACR, LIFETIME, Impersonator
from idp.sessions.sessions import Authentication, create_session
from idp.users.authority import Authority, find_authority_of_user
from idp.users.management_roles import IMPERSONATION
from idp.web.exchange import Exchange

RECENT = timedelta(minutes=15)
_REASON = 255
_DASHBOARD = "account"


@dataclass(frozen=True, kw_only=True)
class Applicant:
    """An administrator who wants to sign in as somebody else, in the session *session_id* of the realm named *realm*."""

    user_id: str
    username: str
    realm: str
    client_id: str
    session_id: str
    authority: Authority


def find_obstacle(exchange: Exchange, applicant: Applicant, user: User) -> str:
    """Return why the applicant may not sign in as *user*, a word; empty where they may. The exchange is at the user's realm.

    ``off``: the realm does not want it; ``role``: the role is missing; ``yourself``, ``service`` and ``disabled`` are the account's;
    ``beyond``: it has permissions that the applicant lacks.
    """
    if not exchange.realm.impersonation:
        return "off"
    if not applicant.authority.holds(exchange.realm.id, IMPERSONATION):
        return "role"
    if user.id == applicant.user_id:
        return "yourself"
    if user.service_account_client_id is not None:
        return "service"
    if not user.enabled:
        return "disabled"
    covered = applicant.authority.covers(find_authority_of_user(exchange.session, user.id))
    return "" if covered else "beyond"


def verify_reason(text: str) -> str:
    """Return the reason; raise `InvalidInput` where it is empty, too long or unreadable."""
    reason = text.strip()
    if not reason or len(reason) > _REASON or not reason.isprintable():
        raise InvalidInput(reason=f"Say why, in at most {_REASON} visible characters.")
    return reason


def impersonate(exchange: Exchange, applicant: Applicant, user: User, reason: str) -> UserSession:
    """Give this browser a session in which the applicant is signed in as *user*; call it where `find_obstacle` finds none.

    What the browser was signed in to in the user's realm ends, but for the applicant's own session: the console lives by it. Its
    cookie is replaced all the same, and does not come back.
    """
    services = exchange.services
    live = current_session(exchange)
    if live is not None and live.id != applicant.session_id:
        leave_session(exchange, live)
    issuer = f"{services.settings.public_url}/realms/{applicant.realm}"
    row, token = create_session(
        exchange.transaction,
        services.clock,
        user=user,
        authentication=Authentication(auth_time=services.clock.now(), acr=ACR, amr=()),
        lifetime=min(LIFETIME, exchange.realm.session_lifetime),
        address=exchange.address,
        user_agent=exchange.user_agent,
        impersonator=Impersonator(
            session_id=applicant.session_id,
            user_id=applicant.user_id,
            username=applicant.username,
            issuer=issuer,
            reason=reason,
        ),
    )
    close_pages(exchange, _DASHBOARD)
    remember_session(exchange, row.id, token)
    _record(exchange, applicant, row, reason)
    return row


def _record(exchange: Exchange, applicant: Applicant, row: UserSession, reason: str) -> None:
    by = {
        "realm": applicant.realm,
        "user_id": applicant.user_id,
        "username": applicant.username,
        "client_id": applicant.client_id,
    }
    event = EventRecord(
        tag=Tag.IMPERSONATION_BEGUN,
        at=exchange.services.clock.now(),
        realm_id=row.realm_id,
        user_id=row.user_id,
        session_id=row.id,
        address=exchange.address,
        user_agent=exchange.user_agent,
        details={"by": by, "reason": reason, "until": row.expires_at.isoformat()},
    )
    exchange.events.append(event)
