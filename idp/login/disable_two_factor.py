"""*I have lost my certificate*: the link of the Login Failed mail, with the password, turns two-factor authentication off.

NIST SP 800-63B-4 section 4.2.2.2: an issued code by mail counts only together with a remaining single factor.
"""

from starlette.responses import Response

from idp.errors import PasswordMismatch
from idp.events.tags import Tag
from idp.login.enrolment import begin_enrolment, show_enrolment_link
from idp.login.links import consume_link, link_action, masked_account, open_link, render_link_page
from idp.login.mail_recovery import may_disable_by_mail
from idp.login.password_check import check_password
from idp.models import User
from idp.pki.certificates import list_certificates
from idp.pki.revocation import RevocationReason, revoke_all_certificates
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_of
from idp.users.action_links import LiveLink, Purpose
from idp.users.recovery_codes import delete_recovery_codes
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail

WRONG = "The password is not right."


def show_disable_two_factor(exchange: Exchange) -> Response:
    """Show what will happen, and ask for the password."""
    link = open_link(exchange, Purpose.DISABLE_TWO_FACTOR)
    if may_disable_by_mail(exchange, link.user):
        return _render(exchange, link)
    return show_enrolment_link(exchange, link)


def submit_disable_two_factor(exchange: Exchange) -> Response:
    """Turn it off, end every session, revoke the certificates if asked, and confirm by mail."""
    verify_csrf_token(exchange)
    link = open_link(exchange, Purpose.DISABLE_TWO_FACTOR)
    if not may_disable_by_mail(exchange, link.user):
        return begin_enrolment(exchange, link)
    try:
        check_password(exchange, link.user, exchange.form.get("password", ""))
    except PasswordMismatch:
        return _render(exchange, link, status=401, errors={"password": WRONG})
    consume_link(exchange, link)
    revoked = _turn_off(exchange, link.user, revoke="revoke_certificates" in exchange.form)
    return render_link_page(
        exchange, "two_factor_disabled", certificates_revoked=revoked, login_url=exchange.url("/account/")
    )


def _turn_off(exchange: Exchange, user: User, *, revoke: bool) -> int:
    session, clock = exchange.session, exchange.services.clock
    user.two_factor_enabled_at = None
    user.updated_at = clock.now()
    delete_recovery_codes(session, user.id)
    revoked = revoke_all_certificates(session, clock, user.id, RevocationReason.KEY_COMPROMISE) if revoke else []
    ended = end_sessions_of(session, clock, user.id, reason=Ending.TWO_FACTOR_DISABLED_BY_MAIL)
    exchange.record(
        Tag.TWO_FACTOR_DISABLED,
        user_id=user.id,
        by="mail link",
        revoked=len(revoked),
        serial_numbers=[row.serial_number for row in revoked],
    )
    exchange.record(Tag.SESSIONS_ENDED, user_id=user.id, count=len(ended))
    queue_mail(exchange, user, "two_factor_disabled", certificates_revoked=len(revoked))
    return len(revoked)


def _render(exchange: Exchange, link: LiveLink, *, status: int = 200, errors: dict[str, str] | None = None) -> Response:
    live = [row for row in list_certificates(exchange.session, link.user.id) if row.revoked_at is None]
    return render_link_page(
        exchange,
        "disable_two_factor",
        status=status,
        action=link_action(exchange),
        masked_account=masked_account(link),
        certificate_count=len(live),
        revoke_certificates="revoke_certificates" in exchange.form,
        errors=errors or {},
    )
