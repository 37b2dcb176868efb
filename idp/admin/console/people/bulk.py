"""One thing done to many people: ticked, shown once more, done, and told for each of them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.page import render_console_page
from idp.admin.console.paging import PAGE
from idp.admin.console.people.person import at_realm, covers, sender_of
from idp.admin.console.people.report import find_report, keep_report
from idp.errors import InvalidInput, NotFound
from idp.events.tags import Tag
from idp.login.verify_email import send_verification_mail
from idp.models import User
from idp.notices.invitations import invite_user
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.storage.holding import hold
from idp.users.changes import VERIFY_EMAIL, change_user
from idp.users.users import UPDATE_PASSWORD
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_REPORT = "bulk"
Action = Callable[[Exchange, Administrator, User], str]
"""Does it, and returns ``done`` or why not, by a name that the page has words for."""


def enable(exchange: Exchange, administrator: Administrator, user: User) -> str:
    """Let the person sign in again."""
    return set_enabled(exchange, administrator, user, enabled=True)


def disable(exchange: Exchange, administrator: Administrator, user: User) -> str:
    """Keep the person out, from now on."""
    return set_enabled(exchange, administrator, user, enabled=False)


def set_enabled(exchange: Exchange, administrator: Administrator, user: User, *, enabled: bool) -> str:
    """Switch the account on or off; sessions of one that is off end."""
    if user.id == administrator.user.id and not enabled:
        return "yourself"
    if user.enabled == enabled:
        return "unchanged"
    clock = exchange.services.clock
    change_user(exchange.session, clock, user, {"enabled": enabled})
    if not enabled:
        end_sessions_of(exchange.session, clock, user.id, reason=Ending.ACCOUNT_DISABLED)
    administrator.record(Tag.USER_CHANGED, user_id=user.id, before={"enabled": not enabled}, after={"enabled": enabled})
    return "done"


def require_password(exchange: Exchange, administrator: Administrator, user: User) -> str:
    """Have the person choose another password at the next login."""
    before = list(user.required_actions)
    if UPDATE_PASSWORD in before:
        return "unchanged"
    after = [*before, UPDATE_PASSWORD]
    change_user(exchange.session, exchange.services.clock, user, {"required_actions": after})
    administrator.record(
        Tag.USER_CHANGED, user_id=user.id, before={"required_actions": before}, after={"required_actions": after}
    )
    return "done"


def sign_out(exchange: Exchange, administrator: Administrator, user: User) -> str:
    """End the person's sessions, but the one that this is done in."""
    ended = end_sessions_of(
        exchange.session,
        exchange.services.clock,
        user.id,
        reason=Ending.ADMINISTRATOR,
        keep=administrator.session.id,
    )
    administrator.record(Tag.USER_SIGNED_OUT, user_id=user.id, sessions=list(ended))
    return "done"


def verify_address(exchange: Exchange, administrator: Administrator, user: User) -> str:
    """Send the link that confirms the address."""
    if problem := find_mail_obstacle(user):
        return problem
    if user.email_verified:
        return "unchanged"
    send_verification_mail(at_realm(exchange, administrator), user)
    administrator.record(Tag.USER_MAILED, user_id=user.id, actions=[VERIFY_EMAIL])
    return "done"


def invite(exchange: Exchange, administrator: Administrator, user: User) -> str:
    """Send an invitation; whether a certificate is demanded stays as it is."""
    return send_invitation(exchange, administrator, user, require_certificate=False)


def invite_with_certificate(exchange: Exchange, administrator: Administrator, user: User) -> str:
    """Send an invitation, and let nobody in before a certificate was shown."""
    return send_invitation(exchange, administrator, user, require_certificate=True)


def send_invitation(exchange: Exchange, administrator: Administrator, user: User, *, require_certificate: bool) -> str:
    """Send an invitation; its event names who invites."""
    if problem := find_mail_obstacle(user):
        return problem
    try:
        invite_user(
            exchange.session,
            sender_of(exchange),
            realm=administrator.realm,
            user=user,
            by=administrator.user.username,
            require_certificate=require_certificate,
        )
    except InvalidInput:
        return "certificates_off"
    return "done"


def find_mail_obstacle(user: User) -> str:
    """Return why no mail with a link can be sent to the person; empty where it can."""
    return "no_email" if not user.email else "" if user.enabled else "disabled"


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "enable": enable,
        "disable": disable,
        "invite": invite,
        "invite_certificate": invite_with_certificate,
        "require_password": require_password,
        "verify_email": verify_address,
        "sign_out": sign_out,
    }
)


def confirm(exchange: Exchange, administrator: Administrator) -> Response:
    """Show who was ticked and what will happen to them."""
    people, action = _read_people(exchange, administrator), exchange.form.get("action", "")
    if not people or action not in ACTIONS:
        return administrator.done("users", "nothing_chosen")
    entries = [(user, covers(administrator, user)) for user in people]
    return render_console_page(exchange, administrator, "users_bulk", entries=entries, action=action)


def perform(exchange: Exchange, administrator: Administrator) -> Response:
    """Do it to each, and lead to the report."""
    people, action = _read_people(exchange, administrator), exchange.form.get("action", "")
    if not people or action not in ACTIONS:
        return administrator.done("users", "nothing_chosen")
    outcomes = []
    for user in people:
        outcome = _perform(exchange, administrator, user, ACTIONS[action])
        outcomes.append({"id": user.id, "username": user.username, "name": user.name, "outcome": outcome})
    token = keep_report(exchange, administrator, _REPORT, {"action": action, "outcomes": outcomes})
    return see_other(administrator.url(f"users/bulk/{token}"))


def _perform(exchange: Exchange, administrator: Administrator, user: User, action: Action) -> str:
    try:
        hold(exchange.session, user)
    except NotFound:
        return "gone"
    return action(exchange, administrator, user) if covers(administrator, user) else "beyond"


def show_report(exchange: Exchange, administrator: Administrator) -> Response:
    """Show what was done to whom."""
    report = find_report(exchange, administrator, _REPORT, exchange.path_params["report"])
    return render_console_page(exchange, administrator, "users_bulk_report", report=report)


def _read_people(exchange: Exchange, administrator: Administrator) -> list[User]:
    """Return the ticked people of the realm by their ids, so that two administrators hold them in the same order."""
    ids = sorted(set(exchange.form.all("user")[:PAGE]))
    found = [exchange.session.get(User, user_id) for user_id in ids]
    realm_id = administrator.realm.id
    return [user for user in found if user and user.realm_id == realm_id and user.service_account_client_id is None]
