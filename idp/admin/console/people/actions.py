"""What is done to a person with one button: unlock, end sessions, send mails, remind of a certificate."""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.responses import Response

from idp.admin.console.administrator import Administrator
from idp.admin.console.people import bulk
from idp.admin.console.people.person import at_realm, person_url, sender_of
from idp.admin.recovery import unlock
from idp.errors import Conflict
from idp.events.tags import Tag
from idp.login.forgotten_password import send_reset_mail
from idp.models import User, UserSession
from idp.notices.certificates import TEMPLATE, remind_of_end
from idp.pki.certificates import get_certificate
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_session
from idp.users.users import UPDATE_PASSWORD
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def done(administrator: Administrator, user: User, notice: str) -> Response:
    """Return the answer to a form: the person's page with the notice of that name."""
    return see_other(f"{person_url(administrator, user)}?notice={notice}")


def submit_unlock(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Take the locks away."""
    unlock(at_realm(exchange, administrator), user)
    administrator.record(Tag.USER_UNLOCKED, user_id=user.id)
    return done(administrator, user, "user_unlocked")


def submit_sessions(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """End the ticked session, or with `all` every one but the administrator's own."""
    if exchange.form.get("all") == "yes":
        bulk.sign_out(exchange, administrator, user)
        return done(administrator, user, "sessions_ended")
    row = exchange.session.get(UserSession, exchange.form.get("session", ""))
    ours = row is not None and row.user_id == user.id
    if (
        row is None
        or not ours
        or not end_session(exchange.session, exchange.services.clock, row.id, reason=Ending.ADMINISTRATOR)
    ):
        return done(administrator, user, "nothing_chosen")
    administrator.record(Tag.SESSION_ENDED, user_id=user.id, ended=row.id)
    return done(administrator, user, "sessions_ended")


def send_password_link(exchange: Exchange, administrator: Administrator, user: User) -> str:
    """Send the link that sets a new password."""
    if problem := bulk.find_mail_obstacle(user):
        return problem
    send_reset_mail(at_realm(exchange, administrator), user)
    administrator.record(Tag.USER_MAILED, user_id=user.id, actions=[UPDATE_PASSWORD])
    return "done"


MAILS: Mapping[str, bulk.Action] = MappingProxyType(
    {
        "verify_email": bulk.verify_address,
        "password": send_password_link,
        "invitation": bulk.invite,
        "invitation_certificate": bulk.invite_with_certificate,
    }
)


def submit_mail(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Send the chosen mail."""
    mail = exchange.form.get("mail", "")
    if mail not in MAILS:
        return done(administrator, user, "nothing_chosen")
    outcome = MAILS[mail](exchange, administrator, user)
    return done(administrator, user, "user_mailed" if outcome == "done" else f"user_not_mailed_{outcome}")


def submit_reminder(exchange: Exchange, administrator: Administrator, user: User) -> Response:
    """Send the mail that reminds of a certificate's end, with the link to the next one."""
    certificate = get_certificate(
        exchange.session, administrator.realm.id, exchange.path_params["certificate"], user.id
    )
    if problem := bulk.find_mail_obstacle(user):
        return done(administrator, user, f"user_not_mailed_{problem}")
    sender = sender_of(exchange)
    try:
        remind_of_end(exchange.session, sender, realm=administrator.realm, user=user, certificate=certificate)
    except Conflict:
        return done(administrator, user, "certificate_not_reminded")
    administrator.record(Tag.USER_MAILED, user_id=user.id, actions=[TEMPLATE], serial_number=certificate.serial_number)
    return done(administrator, user, "user_mailed")
