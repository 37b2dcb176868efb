"""A certificate is needed by somebody who has none, or none any more: say what to do, and send the link if the realm allows."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from idp.errors import FlowExpired
from idp.login.begin import facts_about
from idp.login.certificate_policy import certificate_policy_of
from idp.login.dispatch import open_step
from idp.login.flow import LoginFlow
from idp.login.login_failed_mail import link_url
from idp.login.mail_recovery import may_enrol_by_mail
from idp.login.page import flow_url, render_login_page
from idp.login.steps import CERTIFICATE, certificate_demanded
from idp.models import User
from idp.pki.certificates import has_only_expired_certificates, list_certificates, owes_certificate
from idp.users.action_links import Purpose
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.mailer import queue_mail
from idp.web.masking import mask_email

_INTERVAL = timedelta(minutes=1)
_SENT = "enrolment-mail"


def render_certificate_missing(exchange: Exchange, flow: LoginFlow, user: User) -> Response:
    """Return the page that says why it does not go on here."""
    policy = certificate_policy_of(exchange, user.id)
    return render_login_page(
        exchange,
        "certificate_missing",
        flow,
        status=403,
        application={"name": flow.request.client_title, "url": flow_url(exchange, "/login/cancel", flow)},
        required_by="realm" if policy == "required" else "application",
        enrolment_allowed=may_enrol_by_mail(exchange, user),
        action=flow_url(exchange, "/login/enrolment/send", flow),
        masked_email=mask_email(user.email) if user.email else "",
        had_certificates=bool(list_certificates(exchange.session, user.id)),
        expired=_all_expired(exchange, user),
        other_account_url=flow_url(exchange, "/login/restart", flow),
    )


def send_enrolment_link(exchange: Exchange) -> Response:
    """Mail the link that begins an enrolment to somebody whose password was right; at most one a minute."""
    opened = open_step(exchange, CERTIFICATE)
    if isinstance(opened, Response):
        return opened
    flow, user = opened
    verify_csrf_token(exchange)
    if user is None or not user.email or not _allowed(exchange, flow, user):
        raise FlowExpired("no enrolment by mail")
    if exchange.services.ephemeral.add(_SENT, user.id, "", _INTERVAL):
        send_enrolment_mail(exchange, user, application=flow.request.client_title)
    return render_login_page(
        exchange,
        "link_sent",
        flow,
        purpose="enrolment",
        minutes=int(exchange.realm.action_link_lifetime.total_seconds() // 60),
        masked_email=mask_email(user.email),
    )


def offer_reenrolment(exchange: Exchange, flow: LoginFlow, user: User) -> dict[str, Any]:
    """Return what a page about an expired certificate says of getting a new one; nothing where the person has others."""
    if not _all_expired(exchange, user):
        return {}
    allowed = may_enrol_by_mail(exchange, user)
    return {
        "reenrolment": "mail" if allowed else "administrator",
        "enrolment_action": flow_url(exchange, "/login/enrolment/send", flow),
    }


def _all_expired(exchange: Exchange, user: User) -> bool:
    return has_only_expired_certificates(exchange.session, exchange.services.clock, user.id)


def _allowed(exchange: Exchange, flow: LoginFlow, user: User) -> bool:
    needed = certificate_demanded(flow, facts_about(exchange, user)) or _all_expired(exchange, user)
    return (needed or owes_certificate(exchange.session, user)) and may_enrol_by_mail(exchange, user)


def send_enrolment_mail(exchange: Exchange, user: User, *, application: str = "") -> None:
    """Queue the mail with a new enrolment link."""
    queue_mail(
        exchange,
        user,
        "enrolment_link",
        link_url=link_url(exchange, user, Purpose.ENROLMENT, "/login/enrolment"),
        minutes=int(exchange.realm.action_link_lifetime.total_seconds() // 60),
        application=application,
        expired=_all_expired(exchange, user),
    )
