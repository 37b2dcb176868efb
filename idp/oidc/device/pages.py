"""The pages on which a person connects a device (RFC 8628 section 3.3): type the code, sign in, look, allow or refuse."""

import json
import secrets
from datetime import timedelta

from starlette.responses import Response

from idp.clients.registration import ClientRegistration
from idp.errors import FlowExpired
from idp.events.tags import Tag
from idp.login.begin import begin_login, current_session, start_interaction
from idp.login.flow import LoginRequest
from idp.login.flows import take_finished_flow
from idp.oidc.codes import basis_of
from idp.oidc.device.codes import DeviceCode, decide, display_user_code, find_by_digest, find_by_user_code
from idp.oidc.device.typing_brake import DeviceBrake
from idp.sessions.impersonation import Deed
from idp.sessions.live_sessions import LiveSession, find_live_session_by_id
from idp.web.csrf import verify_csrf_token
from idp.web.exchange import Exchange
from idp.web.pages import render_page

VERIFICATION_PATH = "/device"
CONTINUE_PATH = "/device/continue"
DECISION_PATH = "/device/decision"
_KIND = "device-confirmation"
_LIFETIME = timedelta(minutes=10)
_WRONG = "This code is not known, or its time is over. Look at the device again."


def show_user_code(exchange: Exchange) -> Response:
    """Show the field for the code; one that came with the address is filled in, but never taken without a look."""
    return _ask(exchange, exchange.query.get("user_code", "")[:64])


def submit_user_code(exchange: Exchange) -> Response:
    """Look the code up and have the person sign in; wrong ones are counted against the address."""
    verify_csrf_token(exchange)
    typed = exchange.form.get("user_code", "")[:64]
    brake = DeviceBrake(exchange)
    brake.verify_open()
    code = find_by_user_code(exchange, typed)
    client = exchange.find_client(code.client_id) if code is not None else None
    if code is None or client is None:
        brake.record_failure()
        return _ask(exchange, typed, status=400, message=_WRONG)
    outcome = begin_login(exchange, _login_request(client, code))
    return (
        _confirm(exchange, code, outcome) if isinstance(outcome, LiveSession) else start_interaction(exchange, outcome)
    )


def continue_device(exchange: Exchange) -> Response:
    """Show what the device asks for, after the login."""
    flow = take_finished_flow(exchange)
    code = find_by_digest(exchange, flow.request.payload["device"])
    live = _live_session(exchange, flow.session_id)
    if flow.error is not None or code is None or live is None:
        raise FlowExpired("the login was given up, or the device's code has expired")
    return _confirm(exchange, code, live)


def submit_decision(exchange: Exchange) -> Response:
    """Note what the person has decided, once, in the browser and session that was asked."""
    verify_csrf_token(exchange)
    live = current_session(exchange)
    text = exchange.services.ephemeral.take(_KIND, exchange.form.get("confirmation", "")[:64])
    asked = json.loads(text) if text else {}
    code = find_by_digest(exchange, asked["device"]) if asked else None
    if live is None or code is None or asked["session_id"] != live.id:
        raise FlowExpired("another session was asked, or the question is too old")
    allowed = exchange.form.get("decision", "") == "allow"
    if allowed and not _still_suffices(exchange, code, live):
        raise FlowExpired("the session no longer proves what the application asks for")
    if not decide(exchange, code, basis_of(live) if allowed else None):
        raise FlowExpired("the device was connected or refused before")
    tag = Tag.DEVICE_ALLOWED if allowed else Tag.DEVICE_REFUSED
    exchange.record(tag, user_id=live.user.id, client_id=code.client_id, session_id=live.id, scope=code.scope)
    return render_page(exchange, "login/device_done.html", allowed=allowed, application=_application(exchange, code))


def _still_suffices(exchange: Exchange, code: DeviceCode, live: LiveSession) -> bool:
    """Tell whether a device would get its tokens if the person began now: a certificate may have been revoked meanwhile."""
    client = exchange.find_client(code.client_id)
    outcome = None if client is None else begin_login(exchange, _login_request(client, code))
    return isinstance(outcome, LiveSession) and outcome.id == live.id


def _confirm(exchange: Exchange, code: DeviceCode, live: LiveSession) -> Response:
    confirmation = secrets.token_urlsafe(24)
    asked = json.dumps({"device": code.digest, "session_id": live.id})
    exchange.services.ephemeral.put(_KIND, confirmation, asked, _LIFETIME)
    return render_page(
        exchange,
        "login/device_confirm.html",
        action=exchange.url(DECISION_PATH),
        confirmation=confirmation,
        application=_application(exchange, code),
        user_code=display_user_code(code.user_code),
        name=live.user.name,
        scopes=code.scope.split(),
    )


def _ask(exchange: Exchange, typed: str, *, status: int = 200, message: str = "") -> Response:
    return render_page(
        exchange,
        "login/device.html",
        status=status,
        form_action=[exchange.services.settings.certificate_origin_pattern],
        action=exchange.url(VERIFICATION_PATH),
        user_code=typed,
        errors={"user_code": message} if message else {},
    )


def _login_request(client: ClientRegistration, code: DeviceCode) -> LoginRequest:
    return LoginRequest(
        client_id=client.client_id,
        client_title=client.title,
        client_home=client.home_uri,
        return_path=CONTINUE_PATH,
        payload={"device": code.digest},
        certificate_required=client.certificate_required,
        password_demanded=client.first_party or client.admin_api,
        deeds=(Deed.CONNECT_DEVICE,),
    )


def _live_session(exchange: Exchange, session_id: str | None) -> LiveSession | None:
    return find_live_session_by_id(
        exchange.transaction,
        exchange.services.clock,
        session_id=session_id or "",
        idle_lifetime=exchange.realm.session_idle_lifetime,
    )


def _application(exchange: Exchange, code: DeviceCode) -> dict[str, str]:
    client = exchange.find_client(code.client_id)
    if client is None:
        raise FlowExpired("the client is gone")
    return {"name": client.title, "url": client.home_uri}
