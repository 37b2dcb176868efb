"""The *Login Failed* mail: the password was right, and the certificate step failed.

At most one for each person in 15 minutes; the failures between are counted in the next. Its link turns two-factor authentication
off, but never where the realm or the application demands a certificate: there it starts a new enrolment, or
names the administrator.
"""

from datetime import timedelta

from idp.events.tags import Tag
from idp.login.begin import facts_about
from idp.login.flow import LoginFlow
from idp.login.mail_recovery import may_disable_by_mail, may_enrol_by_mail
from idp.login.steps import certificate_demanded
from idp.models import User
from idp.pki.certificates import owes_certificate
from idp.users.action_links import Purpose, issue_link
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail

_INTERVAL = timedelta(minutes=15)
_MEMORY = timedelta(days=1)
_SENT = "login-failed-mail"
_COUNT = "login-failed-count"


def queue_login_failed_mail(exchange: Exchange, flow: LoginFlow, user: User, reason: str) -> bool:
    """Queue the mail unless one went out within 15 minutes; return whether a mail is on its way or just was."""
    store = exchange.services.ephemeral
    failures = store.increment(_COUNT, user.id, _MEMORY)
    if not user.email:
        return False
    if not store.add(_SENT, user.id, "", _INTERVAL):
        return True
    store.delete(_COUNT, user.id)
    recovery, recovery_url = _recovery(exchange, flow, user)
    return queue_mail(
        exchange,
        user,
        "login_failed",
        reason=reason,
        failures=failures,
        change_password_url=exchange.url("/login/forgot-password"),  # the dashboard would ask for the certificate
        application=flow.request.client_title,
        recovery=recovery,
        recovery_url=recovery_url,
        minutes=int(exchange.realm.action_link_lifetime.total_seconds() // 60),
    )


def _recovery(exchange: Exchange, flow: LoginFlow, user: User) -> tuple[str, str]:
    """Return which way back the mail offers (disable, enrol or administrator) and its address."""
    demanded = certificate_demanded(flow, facts_about(exchange, user)) or owes_certificate(exchange.session, user)
    if demanded and may_enrol_by_mail(exchange, user):
        return "enrol", link_url(exchange, user, Purpose.ENROLMENT, "/login/enrolment")
    if demanded or not may_disable_by_mail(exchange, user):
        return "administrator", ""
    return "disable", link_url(exchange, user, Purpose.DISABLE_TWO_FACTOR, "/login/disable-two-factor")


def link_url(exchange: Exchange, user: User, purpose: Purpose, path: str) -> str:
    """Issue a single-use link for *purpose* and return its address."""
    token = issue_link(
        exchange.session,
        exchange.services.clock,
        user=user,
        purpose=purpose,
        lifetime=exchange.realm.action_link_lifetime,
        details={"email": user.email},
    )
    exchange.record(Tag.LINK_SENT, user_id=user.id, purpose=str(purpose))
    return exchange.url(f"{path}?token={token}")
