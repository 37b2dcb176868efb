"""Change the password."""

from starlette.responses import Response

from idp.account.member import Member
from idp.account.page import render_account_page
from idp.errors import InvalidInput, PasswordMismatch
from idp.events.tags import Tag
from idp.login.password_check import check_password
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.users.users import change_password, verify_new_password
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail


def show_password(exchange: Exchange, member: Member) -> Response:
    """Show the form."""
    return _render(exchange, member)


def save_password(exchange: Exchange, member: Member) -> Response:
    """Change it, end the other sessions, and tell its owner by mail."""
    verify_csrf_token(exchange)
    user, services = member.user, exchange.services
    try:
        check_password(exchange, user, exchange.form.get("current_password", ""))
        password = verify_new_password(
            exchange.form.get("password", ""),
            exchange.form.get("password_confirmation", ""),
            min_length=exchange.realm.password_min_length,
            username=user.username,
        )
    except PasswordMismatch:
        return _render(exchange, member, status=401, errors={"current_password": "The password is not right."})
    except InvalidInput as error:
        return _render(exchange, member, status=400, errors=error.fields)
    change_password(exchange.session, services.passwords, services.clock, user, password)
    end_sessions_of(exchange.session, services.clock, user.id, reason=Ending.PASSWORD_CHANGED, keep=member.session.id)
    exchange.record(Tag.PASSWORD_CHANGED, user_id=user.id, session_id=member.session.id)
    queue_mail(exchange, user, "password_changed")
    return _render(exchange, member, notice="Your password is changed, and your other sessions have ended.")


def _render(
    exchange: Exchange,
    member: Member,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    notice: str = "",
) -> Response:
    return render_account_page(
        exchange,
        member,
        "password",
        status=status,
        action=exchange.url("/account/password"),
        min_length=exchange.realm.password_min_length,
        forgot_password_url=exchange.url("/login/forgot-password"),
        errors=errors or {},
        notice=notice,
    )
