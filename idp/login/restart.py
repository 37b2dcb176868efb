"""Ways out of a login: as somebody else, or back to the application."""

from starlette.responses import Response

from idp.errors import FlowExpired
from idp.login.begin import facts_about
from idp.login.dispatch import advance, pending_step, user_of
from idp.login.finish import give_up
from idp.login.flows import load_flow
from idp.login.steps import CERTIFICATE, certificate_demanded
from idp.web.exchange import Exchange


def restart(exchange: Exchange) -> Response:
    """Forget who typed the password, or whose certificate came first: somebody else wants to sign in."""
    flow = load_flow(exchange)
    if flow.finished:
        raise FlowExpired("the flow is finished")
    fresh = flow.having(
        user_id=None,
        passwordless=False,
        auth_time=None,
        second_factor=None,
        certificate_id=None,
        certificate_claims=None,
        session_id=None,
        enrolment_only=False,
        failure=None,
        typed_username="",
    )
    return advance(exchange, fresh.having(forget_session=True))


def cancel(exchange: Exchange) -> Response:
    """Return to the application with the error that fits (OpenID Connect Core section 3.1.2.6)."""
    flow = load_flow(exchange)
    if flow.finished:
        raise FlowExpired("the flow is finished")
    step = pending_step(exchange, flow)
    user = user_of(exchange, flow)
    demanded = certificate_demanded(flow, facts_about(exchange, user))
    unmet = step is not None and step.name == CERTIFICATE and demanded
    return give_up(exchange, flow, "unmet_authentication_requirements" if unmet else "access_denied")
