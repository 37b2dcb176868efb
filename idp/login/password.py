"""The password step."""

from starlette.responses import Response

from idp.errors import PasswordMismatch
from idp.login.begin import current_session, facts_about
from idp.login.dispatch import advance, open_step, password_instant
from idp.login.flow import LoginFlow
from idp.login.page import flow_url, render_login_page
from idp.login.password_check import check_password
from idp.login.steps import certificate_demanded
from idp.models import User
from idp.users.users import find_user_by_login
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange

WRONG = "The username or password is not right."


def show_password(exchange: Exchange) -> Response:
    """Show the form for username and password."""
    opened = open_step(exchange, "password")
    return opened if isinstance(opened, Response) else _render(exchange, *opened)


def submit_password(exchange: Exchange) -> Response:
    """Check username and password; the answer to an unknown account and to a wrong password is the same."""
    opened = open_step(exchange, "password")
    if isinstance(opened, Response):
        return opened
    flow, first = opened
    verify_csrf_token(exchange)
    login = exchange.form.get("username", "")[:255] or _known_username(exchange, flow, first)
    user = find_user_by_login(exchange.transaction, exchange.realm.id, login)
    try:
        password = exchange.form.get("password", "")
        user = check_password(exchange, user, password, login=login, client_id=flow.request.client_id)
    except PasswordMismatch:
        return _render(exchange, flow.having(typed_username=login), first, status=401, message=WRONG)
    return advance(exchange, _with_password(exchange, flow, user))


def _with_password(exchange: Exchange, flow: LoginFlow, user: User) -> LoginFlow:
    """Return the flow with the password; a certificate that came first counts beside it if it is the same person's.

    That one could not be shown is over: the certificate step is not to begin with it.
    """
    if not flow.passwordless or flow.user_id != user.id:
        flow = flow.having(second_factor=None, certificate_id=None, certificate_claims=None)
    return flow.having(
        user_id=user.id,
        passwordless=False,
        auth_time=exchange.services.clock.now().isoformat(),
        password_set_at=password_instant(user),
        session_id=None,
        enrolment_only=False,
        failure=None,
    )


def _render(
    exchange: Exchange, flow: LoginFlow, first: User | None, *, status: int = 200, message: str = ""
) -> Response:
    facts = facts_about(exchange, first)
    return render_login_page(
        exchange,
        "password",
        flow,
        status=status,
        action=flow_url(exchange, "/login/password", flow),
        forgot_password_url=flow_url(exchange, "/login/forgot-password", flow),
        other_account_url=flow_url(exchange, "/login/restart", flow),
        username=flow.typed_username or flow.request.login_hint,
        reauthentication_username=_known_username(exchange, flow, first),
        certificate_follows=first is None and certificate_demanded(flow, facts),
        certificate_came_first=first is not None,
        certificate_url=flow_url(exchange, "/login/certificate-first", flow)
        if first is None and facts.certificate_first
        else "",
        message=message,
    )


def _known_username(exchange: Exchange, flow: LoginFlow, first: User | None) -> str:
    """Return who is to sign in: whose certificate came first, or whose session the request did not accept."""
    if first is not None:
        return first.username
    live = None if flow.forget_session else current_session(exchange)
    return live.user.username if live else ""
