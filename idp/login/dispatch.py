"""The dispatcher: every step comes back here, and here alone it is decided where the browser goes next."""

from starlette.responses import Response

from idp.errors import FlowExpired
from idp.login.begin import facts_about, step_url
from idp.login.finish import finish
from idp.login.flow import LoginFlow
from idp.login.flows import load_flow, save_flow
from idp.login.steps import Step, next_step
from idp.models import Certificate, User
from idp.pki.rejections import Reason
from idp.pki.verdict import find_end
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def advance(exchange: Exchange, flow: LoginFlow) -> Response:
    """Save what a step has written into the flow, and go to the next step, or finish."""
    user = user_of(exchange, flow)
    step = next_step(flow, facts_about(exchange, user, flow))
    if step is None and user is not None:
        return finish(exchange, flow, user)
    if step is None:
        raise FlowExpired("nothing is missing, and yet nobody is signed in")
    save_flow(exchange, flow)
    return see_other(step_url(exchange, flow, step))


def open_step(exchange: Exchange, name: str) -> tuple[LoginFlow, User | None] | Response:
    """Return the flow and its user when step *name* is the next one; else a redirect to what is."""
    flow = load_flow(exchange)
    if flow.finished:
        raise FlowExpired("the flow is finished")
    user = user_of(exchange, flow)
    step = next_step(flow, facts_about(exchange, user, flow))
    if step is None or step.name != name:
        return advance(exchange, flow)
    return flow, user


def pending_step(exchange: Exchange, flow: LoginFlow) -> Step | None:
    """Return the step that the flow waits for."""
    return next_step(flow, facts_about(exchange, user_of(exchange, flow), flow))


def user_of(exchange: Exchange, flow: LoginFlow) -> User | None:
    """Return the account that the flow's proofs belong to; raise `FlowExpired` when it or one of them has ended since."""
    if flow.user_id is None:
        return None
    user = exchange.transaction.get(User, flow.user_id)
    if user is None or not user.enabled:
        raise FlowExpired("the account is gone or disabled")
    if _password_is_old(flow, user):
        raise FlowExpired("the password was changed after it was typed")
    if flow.certificate_id is not None and not _still_counts(exchange, flow.certificate_id, user):
        raise FlowExpired("the certificate was revoked, or is somebody else's, after it was shown")
    return user


def _password_is_old(flow: LoginFlow, user: User) -> bool:
    # Compared for equality: clocks of servers differ, and are set back.
    return flow.password_set_at is not None and flow.password_set_at != password_instant(user)


def _still_counts(exchange: Exchange, certificate_id: str, user: User) -> bool:
    # One that was renewed meanwhile was good when it was shown: sessions that rest on it go on, and so do their logins.
    row = exchange.transaction.get(Certificate, certificate_id)
    if row is None or row.user_id != user.id or find_end(row, exchange.services.clock) is Reason.REVOKED:
        return False
    anchor_id = row.trust_anchor_id
    return anchor_id is None or exchange.services.trust.get(exchange.realm.id).find_anchor(anchor_id) is not None


def password_instant(user: User) -> str:
    """Return when the account's password was set, as a flow keeps it."""
    return user.password_changed_at.isoformat() if user.password_changed_at else ""
