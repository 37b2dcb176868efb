"""Signing in with a certificate before any password, where the realm allows it (`amr` ``["x509"]``).

It is a way through the password step: where more than a certificate is demanded, the dispatcher comes back to that step.
"""

from datetime import datetime
from typing import Any

from starlette.responses import Response

from idp.errors import FlowExpired
from idp.events.tags import Tag
from idp.login.attempts import create_attempt, take_verdict
from idp.login.begin import facts_about
from idp.login.certificate import note_acceptance
from idp.login.dispatch import advance, open_step
from idp.login.flow import LoginFlow
from idp.login.flows import save_flow
from idp.login.foreign_certificate import settle
from idp.login.page import flow_url, render_login_page
from idp.models import Certificate, User
from idp.pki.rejections import Reason
from idp.pki.verdict import Verdict
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other

_PATH = "/login/certificate-first"


def begin_attempt(exchange: Exchange) -> Response:
    """*Sign in with a certificate* and *Try again*: an attempt on a fresh host, whoever the certificate belongs to."""
    flow = _open(exchange)
    if isinstance(flow, Response):
        return flow
    verify_csrf_token(exchange)
    return see_other(
        create_attempt(
            exchange,
            user_id=None,
            bound_to=flow.id,
            return_url=flow_url(exchange, f"{_PATH}/return", flow),
            client_id=flow.request.client_id,
        )
    )


def return_from_attempt(exchange: Exchange) -> Response:
    """Take the verdict of the certificate host, which says whose certificate it was; it counts in this flow and browser alone."""
    flow = _open(exchange)
    if isinstance(flow, Response):
        return flow
    verdict = take_verdict(exchange, bound_to=flow.id, user_id=None)
    if verdict is None:
        return see_other(flow_url(exchange, _PATH, flow))
    verdict = _settle(exchange, verdict)
    certificate = exchange.transaction.get(Certificate, verdict.certificate_id) if verdict.certificate_id else None
    user = exchange.transaction.get(User, certificate.user_id) if certificate else None
    if not verdict.ok or certificate is None or user is None or not user.enabled:
        return _refuse(exchange, flow, verdict, user)
    return _accept(exchange, flow, user, certificate, verdict)


def show_failure(exchange: Exchange) -> Response:
    """Say why the last attempt failed; without one, lead to the form."""
    flow = _open(exchange)
    if isinstance(flow, Response):
        return flow
    if not flow.failure:
        return see_other(flow_url(exchange, "/login/password", flow))
    failure: dict[str, Any] = dict(flow.failure)
    presented = failure.pop("presented", None)
    if presented:
        instants = {name: datetime.fromisoformat(presented[name]) for name in ("not_before", "not_after")}
        presented = {**presented, **instants}
    return render_login_page(
        exchange,
        "certificate_failed",
        flow,
        status=403,
        action=flow_url(exchange, _PATH, flow),
        browser=guess_browser(exchange.user_agent),
        presented=presented,
        password_url=flow_url(exchange, "/login/password", flow),
        cancel_url=flow_url(exchange, "/login/cancel", flow),
        **failure,
    )


def _open(exchange: Exchange) -> LoginFlow | Response:
    opened = open_step(exchange, "password")
    if isinstance(opened, Response):
        return opened
    flow, first = opened
    if first is not None:
        return see_other(flow_url(exchange, "/login/password", flow))
    if not facts_about(exchange, None).certificate_first:
        raise FlowExpired("the realm does not let a certificate come first")
    return flow


def _settle(exchange: Exchange, verdict: Verdict) -> Verdict:
    """Give a foreign certificate that a mapping has found somebody for its row."""
    user = exchange.transaction.get(User, verdict.proposal.user_id) if verdict.proposal else None
    return settle(exchange, verdict, user) if user is not None and user.enabled else verdict


def _accept(exchange: Exchange, flow: LoginFlow, user: User, certificate: Certificate, verdict: Verdict) -> Response:
    proven = note_acceptance(exchange, flow, user, certificate, verdict)
    return advance(
        exchange,
        proven.having(
            user_id=user.id,
            passwordless=True,
            auth_time=exchange.services.clock.now().isoformat(),
            password_set_at=None,
            session_id=None,
            enrolment_only=False,
        ),
    )


def _refuse(exchange: Exchange, flow: LoginFlow, verdict: Verdict, user: User | None) -> Response:
    """Note the failure; whose certificate it is stands in the event alone."""
    reason = Reason.UNKNOWN if verdict.ok else verdict.reason
    presented = verdict.presented.to_dict() if verdict.presented else None
    event_id = exchange.record(
        Tag.CERTIFICATE_REFUSED,
        user_id=user.id if user else None,
        client_id=flow.request.client_id,
        reason=str(reason),
        presented=presented,
        disabled=user is not None and not user.enabled,
    )
    save_flow(exchange, flow.having(failure={"reason": str(reason), "presented": presented, "event_id": event_id}))
    return see_other(flow_url(exchange, _PATH, flow))
