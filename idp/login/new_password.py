"""The step of a new password: whoever signed in with one that an administrator has set chooses their own."""

from starlette.responses import Response

from idp.errors import FlowExpired, InvalidInput, PasswordMismatch
from idp.events.tags import Tag
from idp.login.dispatch import advance, open_step, password_instant
from idp.login.flow import LoginFlow
from idp.login.page import flow_url, render_login_page
from idp.login.steps import NEW_PASSWORD
from idp.models import User
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.users.passwords import PasswordHasher
from idp.users.users import change_password, verify_new_password
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail


def show_new_password(exchange: Exchange) -> Response:
    """Show the form."""
    opened = _open(exchange)
    return opened if isinstance(opened, Response) else _render(exchange, *opened)


def submit_new_password(exchange: Exchange) -> Response:
    """Set the password, end other sessions of the account, tell its owner by mail, and go on."""
    opened = _open(exchange)
    if isinstance(opened, Response):
        return opened
    flow, user = opened
    verify_csrf_token(exchange)
    services = exchange.services
    try:
        password = verify_new_password(
            exchange.form.get("password", ""),
            exchange.form.get("password_confirmation", ""),
            min_length=exchange.realm.password_min_length,
            username=user.username,
        )
        _verify_other(services.passwords, user, password)
    except InvalidInput as error:
        return _render(exchange, flow, user, status=400, errors=error.fields)
    change_password(exchange.session, services.passwords, services.clock, user, password)
    end_sessions_of(exchange.session, services.clock, user.id, reason=Ending.PASSWORD_CHANGED, keep=flow.session_id)
    exchange.record(Tag.PASSWORD_CHANGED, user_id=user.id, session_id=flow.session_id)
    queue_mail(exchange, user, "password_changed")
    return advance(exchange, flow.having(password_set_at=password_instant(user)))


def _open(exchange: Exchange) -> tuple[LoginFlow, User] | Response:
    opened = open_step(exchange, NEW_PASSWORD)
    if isinstance(opened, Response):
        return opened
    flow, user = opened
    if user is None:
        raise FlowExpired("nobody has signed in")
    return flow, user


def _verify_other(hasher: PasswordHasher, user: User, password: str) -> None:
    """Raise `InvalidInput` where *password* is the one that somebody else knows."""
    try:
        hasher.verify(password, user.password_hash)
    except PasswordMismatch:
        return
    raise InvalidInput(password="This is the password that you were given. Choose another.")


def _render(
    exchange: Exchange, flow: LoginFlow, user: User, *, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    return render_login_page(
        exchange,
        "new_password",
        flow,
        status=status,
        action=flow_url(exchange, "/login/new-password", flow),
        other_account_url=flow_url(exchange, "/login/restart", flow),
        min_length=exchange.realm.password_min_length,
        username=user.username,
        errors=errors or {},
    )
