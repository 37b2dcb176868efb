"""Forgotten password: the same answer, in the same time, whether or not there is such an account."""

from datetime import timedelta

from starlette.responses import Response

from idp.errors import AccountLocked, InvalidInput
from idp.events.tags import Tag
from idp.login.brakes import record_lock
from idp.login.flows import is_flow_id
from idp.login.links import consume_link, link_action, open_link, render_link_page
from idp.login.login_failed_mail import link_url
from idp.login.mail_recovery import hold_mail_recovery
from idp.models import User
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.users.action_links import Purpose
from idp.users.brute_force import network_of
from idp.users.users import change_password, find_user_by_login, verify_new_password
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail, rehearse_mail

_INTERVAL = timedelta(minutes=1)
_SENT, _COUNT, _ADDRESS = "reset-mail", "reset-mails", "reset-address"
_PERIOD, _MAILS_IN_PERIOD = timedelta(hours=1), 5
_ADDRESS_PERIOD, _QUESTIONS_OF_ADDRESS = timedelta(minutes=15), 30


def show_forgot_password(exchange: Exchange) -> Response:
    """Ask for the username or e-mail address."""
    return _render_question(exchange)


def submit_forgot_password(exchange: Exchange) -> Response:
    """Queue the mail if there is an account with an address; at most one a minute and five an hour for each."""
    verify_csrf_token(exchange)
    login = exchange.form.get("username", "").strip()[:255]
    if not login:
        return _render_question(exchange, status=400, errors={"username": "Enter your username or email."})
    _count_address(exchange)
    user = find_user_by_login(exchange.transaction, exchange.realm.id, login)
    if user is not None and user.enabled and user.email:
        _send(exchange, user)
    else:
        _rehearse(exchange)
        exchange.record(Tag.LINK_REFUSED, purpose=str(Purpose.RESET_PASSWORD), login=login[:64])
    return render_link_page(
        exchange, "link_sent", purpose="password_reset", minutes=_minutes(exchange), login_url=_login_url(exchange)
    )


def _send(exchange: Exchange, user: User) -> None:
    if not _may_send(exchange, user):
        _rehearse(exchange)  # or a second request would tell by its haste that the first one has sent a mail
        return
    send_reset_mail(exchange, user)


def send_reset_mail(exchange: Exchange, user: User) -> None:
    """Queue the mail with a link that sets a new password."""
    url = link_url(exchange, user, Purpose.RESET_PASSWORD, "/login/reset-password")
    queue_mail(exchange, user, "password_reset", link_url=url, minutes=_minutes(exchange))


def _may_send(exchange: Exchange, user: User) -> bool:
    store = exchange.services.ephemeral
    return store.add(_SENT, user.id, "", _INTERVAL) and store.increment(_COUNT, user.id, _PERIOD) <= _MAILS_IN_PERIOD


def _count_address(exchange: Exchange) -> None:
    """Raise `AccountLocked` for an address that has asked for too many accounts."""
    network = network_of(exchange.address)
    asked = exchange.services.ephemeral.increment(_ADDRESS, network, _ADDRESS_PERIOD) if network else 0
    if asked > _QUESTIONS_OF_ADDRESS:
        locked = AccountLocked(_ADDRESS_PERIOD)
        record_lock(exchange, None, locked)
        raise locked


def _rehearse(exchange: Exchange) -> None:
    rehearse_mail(exchange, "password_reset", link_url=exchange.url("/"), minutes=_minutes(exchange))


def show_reset_password(exchange: Exchange) -> Response:
    """Ask for the new password."""
    link = open_link(exchange, Purpose.RESET_PASSWORD)
    return _render_form(exchange, link.user.username)


def submit_reset_password(exchange: Exchange) -> Response:
    """Set the new password; every session of the account ends, and its owner is told by mail.

    Two-factor authentication stays as it is: the mailbox alone must not open an account that a certificate guards.
    """
    verify_csrf_token(exchange)
    link = open_link(exchange, Purpose.RESET_PASSWORD)
    user, services = link.user, exchange.services
    try:
        password = verify_new_password(
            exchange.form.get("password", ""),
            exchange.form.get("password_confirmation", ""),
            min_length=exchange.realm.password_min_length,
            username=user.username,
        )
    except InvalidInput as error:
        return _render_form(exchange, user.username, status=400, errors=error.fields)
    consume_link(exchange, link)
    change_password(exchange.session, services.passwords, services.clock, user, password)
    end_sessions_of(exchange.session, services.clock, user.id, reason=Ending.PASSWORD_RESET)
    hold_mail_recovery(exchange, user)
    exchange.record(Tag.PASSWORD_RESET, user_id=user.id)
    queue_mail(exchange, user, "password_changed")
    return render_link_page(exchange, "password_changed", login_url=_login_url(exchange))


def _render_question(exchange: Exchange, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    return render_link_page(
        exchange,
        "forgot_password",
        status=status,
        action=exchange.url(f"/login/forgot-password{_flow_query(exchange)}"),
        login_url=_login_url(exchange),
        errors=errors or {},
    )


def _render_form(
    exchange: Exchange, username: str, *, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    return render_link_page(
        exchange,
        "reset_password",
        status=status,
        action=link_action(exchange),
        min_length=exchange.realm.password_min_length,
        username=username,
        errors=errors or {},
    )


def _login_url(exchange: Exchange) -> str:
    flow = _flow_query(exchange)
    return exchange.url(f"/login/password{flow}" if flow else "/account/")


def _flow_query(exchange: Exchange) -> str:
    """Return the query that names the login this began in, so that *Back to sign-in* leads back into it."""
    flow = exchange.query.get("flow", "")
    return f"?flow={flow}" if is_flow_id(flow) else ""


def _minutes(exchange: Exchange) -> int:
    return int(exchange.realm.action_link_lifetime.total_seconds() // 60)
