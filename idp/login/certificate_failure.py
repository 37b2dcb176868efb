"""What follows from a failed certificate step: an event, the brake, and the *Login Failed* mail."""

from typing import Any

from idp.errors import AccountLocked
from idp.events.tags import Tag
from idp.login.brakes import certificate_brake, record_lock
from idp.login.flow import LoginFlow
from idp.login.login_failed_mail import queue_login_failed_mail
from idp.models import User
from idp.pki.certificates import has_only_expired_certificates
from idp.pki.rejections import Reason
from idp.pki.verdict import Verdict
from idp.web.exchange import Exchange
from idp.web.masking import mask_email


def record_certificate_failure(exchange: Exchange, flow: LoginFlow, user: User, verdict: Verdict) -> dict[str, Any]:
    """Note the failure and return what the page will show of it."""
    reason = told_reason(exchange, user, verdict)
    presented = verdict.presented.to_dict() if verdict.presented else None
    event_id = exchange.record(
        Tag.CERTIFICATE_REFUSED,
        user_id=user.id,
        client_id=flow.request.client_id,
        reason=str(verdict.reason),
        presented=presented,
    )
    _count(exchange, user)
    mailed = queue_login_failed_mail(exchange, flow, user, reason)
    return {
        "reason": reason,
        "presented": presented,
        "event_id": event_id,
        "mail_sent": mailed,
        "masked_email": mask_email(user.email) if user.email else "",
    }


def told_reason(exchange: Exchange, user: User, verdict: Verdict) -> str:
    """Return the reason that pages and mails give.

    Chromium does not offer certificates that have expired, so nothing arrives from somebody who has no other.
    """
    if verdict.reason is Reason.NONE and has_only_expired_certificates(
        exchange.session, exchange.services.clock, user.id
    ):
        return str(Reason.EXPIRED)
    return str(verdict.reason)


def _count(exchange: Exchange, user: User) -> None:
    brake = certificate_brake(exchange, user)
    try:
        brake.begin_attempt()
    except AccountLocked as locked:
        record_lock(exchange, user, locked)
    brake.record_failure()
