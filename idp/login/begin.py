"""Begin a login: see what the browser's session already proves, and what is missing."""

from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.responses import Response

from idp.login.certificate_policy import certificate_policy_of
from idp.login.flow import LoginFlow, LoginRequest
from idp.login.flows import create_flow, save_flow
from idp.login.impersonation import still_allowed
from idp.login.steps import CERTIFICATE, Facts, Step, certificate_demanded, needs_consent, next_step
from idp.models import User
from idp.sessions.impersonation import Deed, may
from idp.sessions.live_sessions import LiveSession, SignedInUser, find_live_session
from idp.users.consents import find_allowed
from idp.users.users import UPDATE_PASSWORD
from idp.web.exchange import Exchange
from idp.web.pages import see_other


def session_cookie_name(realm_name: str) -> str:
    """Return the name of the realm's session cookie (without the prefix it has on https)."""
    return f"idp-session-{realm_name}"


@dataclass(frozen=True)
class Missing:
    """The live session does not do: `step` comes first; `error` is what ``prompt=none`` answers."""

    flow: LoginFlow
    step: Step

    @property
    def error(self) -> str:
        """The OAuth error code for ``prompt=none``."""
        return self.step.error

    def with_login_hint(self, login_hint: str) -> "Missing":
        """Return the same with the username filled in."""
        return replace(self, flow=self.flow.having(request=replace(self.flow.request, login_hint=login_hint)))


def begin_login(exchange: Exchange, request: LoginRequest) -> LiveSession | Missing:
    """Return the live session when it proves all that is asked, else what is missing. Stores nothing."""
    live = current_session(exchange)
    if live is not None and live.impersonator is not None:
        return live if _does_in_anothers_name(exchange, request, live) else begin_afresh(exchange, request)
    flow = create_flow(exchange, request)
    if live is not None and _session_counts(exchange, request, live):
        flow = adopt_session(flow, live)
    step = next_step(flow, facts_about(exchange, live.user if live and flow.user_id else None, flow))
    if step is not None:
        return Missing(flow, step)
    if live is None:
        raise RuntimeError("without a session the password is missing")
    return live


def begin_afresh(exchange: Exchange, request: LoginRequest) -> Missing:
    """Return what is missing when the browser's session is not looked at: it is not that of the person who is asked for."""
    flow = create_flow(exchange, request).having(forget_session=True)
    step = next_step(flow, facts_about(exchange, None, flow))
    if step is None:
        raise RuntimeError("without a session the password is missing")
    return Missing(flow, step)


def start_interaction(exchange: Exchange, missing: Missing) -> Response:
    """Save the flow and send the browser to its first page."""
    save_flow(exchange, missing.flow)
    return see_other(step_url(exchange, missing.flow, missing.step))


def step_url(exchange: Exchange, flow: LoginFlow, step: Step) -> str:
    """Return the address of a step's page."""
    return exchange.url(f"{step.path}?flow={flow.id}")


def current_session(exchange: Exchange) -> LiveSession | None:
    """Return the live session of this browser in this realm, or None; one in somebody else's name lives while that is allowed."""
    token = exchange.cookies.read(session_cookie_name(exchange.realm.name))
    if not token:
        return None
    live = find_live_session(
        exchange.transaction,
        exchange.services.clock,
        realm_id=exchange.realm.id,
        token=token,
        idle_lifetime=exchange.realm.session_idle_lifetime,
    )
    return live if live is not None and still_allowed(exchange, live.impersonator) else None


def adopt_session(flow: LoginFlow, live: LiveSession) -> LoginFlow:
    """Return the flow with what the session has proven."""
    return flow.having(
        user_id=live.user.id,
        passwordless=live.passwordless,
        auth_time=live.auth_time.isoformat(),
        second_factor=CERTIFICATE if live.passwordless else live.second_factor,
        certificate_id=live.certificate_id,
        certificate_claims=live.certificate_claims,
        session_id=live.id,
        enrolment_only=live.enrolment_only,
    )


def facts_about(exchange: Exchange, user: User | SignedInUser | None, flow: LoginFlow | None = None) -> Facts:
    """Return the facts that decide which steps are needed; what the person has allowed only where *flow* asks for consent."""
    question = flow.request.consent if flow is not None else None
    allowed: frozenset[str] = frozenset()
    if user is not None and question is not None and not question.always:
        allowed = find_allowed(exchange.session, user.id, question.client_row_id)
    policy = exchange.realm.certificate_policy
    if user is not None:
        policy = certificate_policy_of(exchange, user.id)
    return Facts(
        certificate_policy=policy,
        two_factor_enabled=user is not None and user.two_factor_enabled_at is not None,
        certificate_first=exchange.realm.certificate_first and exchange.realm.certificate_policy != "off",
        password_change_required=user is not None and UPDATE_PASSWORD in user.required_actions,
        allowed=allowed,
    )


def _does_in_anothers_name(exchange: Exchange, request: LoginRequest, live: LiveSession) -> bool:
    """Tell whether the session, in which somebody is signed in as another, does as it is: nothing is proven or said in that name.

    Where it does not, it is as if nobody were signed in.
    """
    flow = adopt_session(create_flow(exchange, request), live)
    facts = facts_about(exchange, live.user, flow)
    if request.account_console:
        facts = replace(facts, certificate_policy="optional")  # our own page says who is there
    proof = request.reauthenticate or request.max_age is not None or certificate_demanded(flow, facts)
    asked = {
        Deed.LOOK_AT_ACCOUNT: request.account_console,
        Deed.USE_APPLICATION: not request.account_console,
        Deed.PROVE_LEVEL: proof,
        Deed.CONSENT: needs_consent(flow, facts),
    }
    deeds = {deed for deed, wanted in asked.items() if wanted} | {Deed(name) for name in request.deeds}
    return all(may(live.impersonator, deed) for deed in deeds)


def _session_counts(exchange: Exchange, request: LoginRequest, live: LiveSession) -> bool:
    if request.reauthenticate:
        return False
    if live.enrolment_only and not request.account_console:
        return False
    if request.max_age is None:
        return True
    return exchange.services.clock.now() - live.auth_time <= timedelta(seconds=request.max_age)
