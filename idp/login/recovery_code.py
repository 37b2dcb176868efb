"""A recovery code in place of the certificate: it gets its owner in, but proves no certificate (`acr` stays 1)."""

from starlette.responses import Response

from idp.errors import AccountLocked, FlowExpired
from idp.events.tags import Tag
from idp.login.begin import facts_about
from idp.login.brakes import record_lock, recovery_code_brake
from idp.login.dispatch import advance, open_step
from idp.login.flow import LoginFlow
from idp.login.page import flow_url, render_login_page
from idp.login.steps import CERTIFICATE, RECOVERY_CODE, certificate_demanded
from idp.models import User
from idp.users.recovery_codes import count_unused_codes, use_recovery_code
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail

WRONG = "This is not one of your unused recovery codes."


def show_recovery_code(exchange: Exchange) -> Response:
    """Show the form."""
    opened = _open(exchange)
    return opened if isinstance(opened, Response) else _render(exchange, opened[0])


def submit_recovery_code(exchange: Exchange) -> Response:
    """Use the code up, under a brake of its own, and tell its owner by mail."""
    opened = _open(exchange)
    if isinstance(opened, Response):
        return opened
    flow, user = opened
    verify_csrf_token(exchange)
    brake = recovery_code_brake(exchange, user)
    try:
        brake.begin_attempt()
    except AccountLocked as locked:
        record_lock(exchange, user, locked)
        raise
    code = exchange.form.get("recovery_code", "")[:64]
    if not use_recovery_code(exchange.session, exchange.services.clock, user.id, code):
        brake.record_failure()
        exchange.record(Tag.RECOVERY_CODE_REFUSED, user_id=user.id, client_id=flow.request.client_id)
        return _render(exchange, flow, status=401, errors={"recovery_code": WRONG})
    brake.record_success()
    _tell(exchange, flow, user)
    return advance(exchange, flow.having(second_factor=RECOVERY_CODE, failure=None))


def _open(exchange: Exchange) -> tuple[LoginFlow, User] | Response:
    opened = open_step(exchange, CERTIFICATE)
    if isinstance(opened, Response):
        return opened
    flow, user = opened
    if user is None or certificate_demanded(flow, facts_about(exchange, user)):
        raise FlowExpired("a recovery code does not help here")
    return flow, user


def _render(
    exchange: Exchange, flow: LoginFlow, *, status: int = 200, errors: dict[str, str] | None = None
) -> Response:
    return render_login_page(
        exchange,
        "recovery_code",
        flow,
        status=status,
        action=flow_url(exchange, "/login/recovery-code", flow),
        back_url=flow_url(exchange, "/login/certificate", flow),
        other_account_url=flow_url(exchange, "/login/restart", flow),
        errors=errors or {},
    )


def _tell(exchange: Exchange, flow: LoginFlow, user: User) -> None:
    left = count_unused_codes(exchange.session, user.id)
    exchange.record(Tag.RECOVERY_CODE_USED, user_id=user.id, client_id=flow.request.client_id, left=left)
    queue_mail(exchange, user, "recovery_code_used", recovery_codes_left=left, application=flow.request.client_title)
