"""Revoke one of one's own certificates; it counts nowhere from then on."""

from starlette.responses import Response

from idp.account.certificate_page import get_own_certificate
from idp.account.certificates import build_card, list_cards
from idp.account.member import Member
from idp.account.page import render_account_page
from idp.account.revoked_session import lower_session
from idp.account.two_factor import describe_two_factor
from idp.errors import PasswordMismatch
from idp.events.tags import Tag
from idp.login.password_check import check_password
from idp.models import Certificate
from idp.pki.revocation import RevocationReason, revoke_certificate
from idp.sessions.endings import Ending
from idp.sessions.sessions import end_sessions_with_certificate
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail
from idp.web.pages import see_other

WRONG = "The password is not right."


def show_revoke(exchange: Exchange, member: Member) -> Response:
    """Ask."""
    return _render(exchange, member, get_own_certificate(exchange, member))


def submit_revoke(exchange: Exchange, member: Member) -> Response:
    """Revoke, end the other sessions that were begun with the certificate, and tell its owner by mail.

    Where somebody else may have the key, that goes for each certificate of that key.
    """
    verify_csrf_token(exchange)
    row = get_own_certificate(exchange, member)
    try:
        check_password(exchange, member.user, exchange.form.get("password", ""))
    except PasswordMismatch:
        return _render(exchange, member, row, status=401, errors={"password": WRONG})
    reason = _read_reason(exchange)
    session, clock = exchange.session, exchange.services.clock
    for revoked in revoke_certificate(session, clock, row, reason):
        ending = Ending.CERTIFICATE_REVOKED
        end_sessions_with_certificate(session, clock, revoked.id, reason=ending, keep=member.session.id)
        lower_session(member, [revoked])
        _announce(exchange, member, revoked)
    return see_other(exchange.url("/account/two-factor"))


def _announce(exchange: Exchange, member: Member, row: Certificate) -> None:
    exchange.record(
        Tag.CERTIFICATE_REVOKED,
        user_id=member.user.id,
        session_id=member.session.id,
        device_name=row.device_name,
        serial_number=row.serial_number,
        fingerprint=row.fingerprint,
        reason=row.revocation_reason,
    )
    queue_mail(exchange, member.user, "certificate_revoked", certificate=row)


def _read_reason(exchange: Exchange) -> RevocationReason:
    given = exchange.form.get("reason", "")
    return RevocationReason(given) if given in set(RevocationReason) else RevocationReason.UNSPECIFIED


def _render(
    exchange: Exchange,
    member: Member,
    row: Certificate,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    usable, _ = list_cards(exchange, member)
    others = [card for card in usable if card.id != row.id and card.proven_at]
    two_factor = describe_two_factor(exchange, member)
    return render_account_page(
        exchange,
        member,
        "revoke_certificate",
        status=status,
        certificate=build_card(exchange, member, row),
        action=exchange.url(f"/account/certificates/{row.id}/revoke"),
        cancel_url=exchange.url("/account/two-factor"),
        last_one=two_factor["enabled"] and not others,
        two_factor=two_factor,
        password_required=True,
        **({"reason": str(_read_reason(exchange))} if "reason" in exchange.form else {}),
        errors=errors or {},
    )
