"""The certificate step: explain the browser's prompt, send the browser to a fresh certificate host, read what came of it."""

from datetime import datetime
from typing import Any

from starlette.responses import Response

from idp.errors import FlowExpired
from idp.events.tags import Tag
from idp.login.attempts import create_attempt, take_verdict
from idp.login.begin import facts_about
from idp.login.brakes import certificate_brake, raise_if_locked
from idp.login.certificate_failure import record_certificate_failure
from idp.login.certificate_missing import offer_reenrolment, render_certificate_missing
from idp.login.dispatch import advance, open_step
from idp.login.flow import LoginFlow
from idp.login.flows import save_flow
from idp.login.foreign_certificate import settle
from idp.login.page import flow_url, render_login_page
from idp.login.renewal import conclude_renewal
from idp.login.steps import CERTIFICATE, certificate_demanded
from idp.models import Certificate, User
from idp.pki.certificates import list_usable_certificates, owes_certificate, record_use
from idp.pki.claims import build_certificate_claims
from idp.pki.foreign_claims import Purpose
from idp.pki.rejections import Reason
from idp.pki.verdict import Verdict
from idp.web.browser import guess_browser
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def show_certificate(exchange: Exchange) -> Response:
    """Explain what is about to happen, or say why the last attempt failed."""
    opened = open_step(exchange, CERTIFICATE)
    if isinstance(opened, Response):
        return opened
    flow, user = opened
    if user is None:
        raise FlowExpired("the certificate step came before the password")
    usable = list_usable_certificates(exchange.transaction, exchange.services.clock, user.id)
    missing = not usable and _must_have_one(exchange, flow, user)
    elsewhere = _may_have_one_elsewhere(exchange)
    if missing and ("none" in exchange.query or not (flow.failure or elsewhere)):
        return render_certificate_missing(exchange, flow, user)
    ways = _other_ways(exchange, flow, user, may_have_none=missing and elsewhere)
    if flow.failure:
        return _render_failure(exchange, flow, user, ways)
    return _render_explanation(exchange, flow, user, usable, ways)


def begin_attempt(exchange: Exchange) -> Response:
    """*Continue with certificate* and *Try again*: a new attempt on a host the browser has never seen."""
    opened = open_step(exchange, CERTIFICATE)
    if isinstance(opened, Response):
        return opened
    flow, user = opened
    verify_csrf_token(exchange)
    if user is None:
        raise FlowExpired("the certificate step came before the password")
    raise_if_locked(exchange, certificate_brake(exchange, user), user)
    return see_other(
        create_attempt(
            exchange,
            user_id=user.id,
            bound_to=flow.id,
            return_url=flow_url(exchange, "/login/certificate/return", flow),
            client_id=flow.request.client_id,
            # a session that was adopted says that somebody gave the password once, perhaps to another person's browser
            purpose=Purpose.FRESH_LOGIN if flow.session_id is None else Purpose.USE,
        )
    )


def return_from_attempt(exchange: Exchange) -> Response:
    """Take the verdict of the certificate host; it counts only in the flow, browser and account it was made for."""
    opened = open_step(exchange, CERTIFICATE)
    if isinstance(opened, Response):
        return opened
    flow, user = opened
    if user is None:
        raise FlowExpired("the certificate step came before the password")
    verdict = take_verdict(exchange, bound_to=flow.id, user_id=user.id)
    if verdict is None:  # the back button, a copied address, or too slow: the page is still there
        return see_other(flow_url(exchange, "/login/certificate", flow))
    verdict = settle(exchange, verdict, user)
    if not verdict.ok or verdict.certificate_id is None:
        failure = record_certificate_failure(exchange, flow, user, verdict)
        save_flow(exchange, flow.having(failure=failure))
        return see_other(flow_url(exchange, "/login/certificate", flow))
    return _accept(exchange, flow, user, verdict, verdict.certificate_id)


def _accept(exchange: Exchange, flow: LoginFlow, user: User, verdict: Verdict, certificate_id: str) -> Response:
    certificate = exchange.transaction.get(Certificate, certificate_id)
    if certificate is None:
        raise FlowExpired("the certificate was deleted during the login")
    certificate_brake(exchange, user).record_success()
    return advance(exchange, note_acceptance(exchange, flow, user, certificate, verdict))


def note_acceptance(
    exchange: Exchange, flow: LoginFlow, user: User, certificate: Certificate, verdict: Verdict
) -> LoginFlow:
    """Note that the person's certificate was used, and return the flow with it as proven; raise `FlowExpired`."""
    conclude_renewal(exchange, user, certificate)
    if not record_use(exchange.transaction, exchange.services.clock, certificate.id):
        raise FlowExpired("the certificate was revoked at this very moment")
    exchange.record(
        Tag.CERTIFICATE_ACCEPTED,
        user_id=user.id,
        client_id=flow.request.client_id,
        serial_number=certificate.serial_number,
        fingerprint=certificate.fingerprint,
        **({"revocation": str(verdict.assurance)} if verdict.assurance else {}),
    )
    claims = build_certificate_claims(certificate)
    return flow.having(
        second_factor=CERTIFICATE, certificate_id=certificate.id, certificate_claims=claims, failure=None
    )


def _render_explanation(
    exchange: Exchange, flow: LoginFlow, user: User, usable: list[Certificate], ways: dict[str, Any]
) -> Response:
    return render_login_page(
        exchange,
        "certificate",
        flow,
        action=flow_url(exchange, "/login/certificate", flow),
        username=user.username,
        browser=guess_browser(exchange.user_agent),
        certificates=usable,
        **ways,
    )


def _render_failure(exchange: Exchange, flow: LoginFlow, user: User, ways: dict[str, Any]) -> Response:
    failure: dict[str, Any] = dict(flow.failure or {})
    expired = failure.get("reason") == Reason.EXPIRED
    presented = failure.pop("presented", None)
    if presented:
        for name in ("not_before", "not_after"):
            presented = {**presented, name: datetime.fromisoformat(presented[name])}
    return render_login_page(
        exchange,
        "certificate_failed",
        flow,
        status=403,
        action=flow_url(exchange, "/login/certificate", flow),
        browser=guess_browser(exchange.user_agent),
        presented=presented,
        **failure,
        **(offer_reenrolment(exchange, flow, user) if expired else {}),
        **ways,
    )


def _other_ways(exchange: Exchange, flow: LoginFlow, user: User, *, may_have_none: bool) -> dict[str, Any]:
    can_use_code = _may_use_code(exchange, flow, user)
    return {
        "recovery_code_url": flow_url(exchange, "/login/recovery-code", flow) if can_use_code else "",
        "lost_certificate_url": "",
        "no_certificate_url": flow_url(exchange, "/login/certificate", flow) + "&none=yes" if may_have_none else "",
        "other_account_url": flow_url(exchange, "/login/restart", flow),
        "cancel_url": flow_url(exchange, "/login/cancel", flow),
    }


def _must_have_one(exchange: Exchange, flow: LoginFlow, user: User) -> bool:
    """Nothing but a certificate will do, or the person was invited to set one up and has not done so."""
    return certificate_demanded(flow, facts_about(exchange, user)) or owes_certificate(exchange.session, user)


def _may_have_one_elsewhere(exchange: Exchange) -> bool:
    """A foreign authority may have issued one that the realm accepts, and that was never seen here."""
    return exchange.services.trust.get(exchange.realm.id).accepts_unbound


def _may_use_code(exchange: Exchange, flow: LoginFlow, user: User) -> bool:
    """A recovery code stands in for a certificate only where the person's own setting is what asks for it."""
    return not certificate_demanded(flow, facts_about(exchange, user))
