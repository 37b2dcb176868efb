"""Switching two-factor login off in the dashboard: the password is asked for."""

from starlette.responses import Response

from idp.account.member import Member
from idp.account.page import render_account_page
from idp.account.revoked_session import lower_session
from idp.errors import PasswordMismatch
from idp.events.tags import Tag
from idp.login.certificate_policy import certificate_policy_of
from idp.login.password_check import check_password
from idp.pki.certificates import list_certificates
from idp.pki.revocation import RevocationReason, revoke_all_certificates
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.users.action_links import Purpose, void_links
from idp.users.recovery_codes import delete_recovery_codes
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail
from idp.web.pages import see_other

WRONG = "The password is not right."


def show_disable(exchange: Exchange, member: Member) -> Response:
    """Ask."""
    if _impossible(exchange, member):
        return see_other(exchange.url("/account/two-factor"))
    return _render(exchange, member)


def submit_disable(exchange: Exchange, member: Member) -> Response:
    """Switch it off, end the other sessions, revoke the certificates if asked, and confirm by mail."""
    verify_csrf_token(exchange)
    if _impossible(exchange, member):
        return see_other(exchange.url("/account/two-factor"))
    user, session, clock = member.user, exchange.session, exchange.services.clock
    try:
        check_password(exchange, user, exchange.form.get("password", ""))
    except PasswordMismatch:
        return _render(exchange, member, status=401, errors={"password": WRONG})
    user.two_factor_enabled_at, user.updated_at = None, clock.now()
    delete_recovery_codes(session, user.id)
    void_links(session, user.id, Purpose.DISABLE_TWO_FACTOR)
    revoke = "revoke_certificates" in exchange.form
    revoked = (
        revoke_all_certificates(session, clock, user.id, RevocationReason.CESSATION_OF_OPERATION) if revoke else []
    )
    lower_session(member, revoked)
    end_sessions_of(session, clock, user.id, reason=Ending.TWO_FACTOR_DISABLED, keep=member.session.id)
    exchange.record(
        Tag.TWO_FACTOR_DISABLED,
        user_id=user.id,
        session_id=member.session.id,
        by="dashboard",
        revoked=len(revoked),
        serial_numbers=[row.serial_number for row in revoked],
    )
    queue_mail(exchange, user, "two_factor_disabled", certificates_revoked=len(revoked))
    return see_other(exchange.url("/account/two-factor"))


def _impossible(exchange: Exchange, member: Member) -> bool:
    policy = certificate_policy_of(exchange, member.user.id)
    return member.user.two_factor_enabled_at is None or policy == "required"


def _render(exchange: Exchange, member: Member, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    live = [row for row in list_certificates(exchange.session, member.user.id) if row.revoked_at is None]
    return render_account_page(
        exchange,
        member,
        "disable_two_factor",
        status=status,
        action=exchange.url("/account/two-factor/disable"),
        cancel_url=exchange.url("/account/two-factor"),
        certificate_count=len(live),
        revoke_certificates="revoke_certificates" in exchange.form,
        errors=errors or {},
    )
