"""Keep flows on the server, each bound to the browser it began in."""

import hashlib
import hmac
import json
import re
import secrets

from idp.errors import FlowExpired
from idp.events.tags import Tag
from idp.login.flow import LoginFlow, LoginRequest, flow_from_json
from idp.web.exchange import Exchange

KIND = "login-flow"
ENDED_KIND = "login-ended"
_FLOW_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class ForeignBrowser(FlowExpired):
    """The address of a step was opened in another browser than the one the login began in."""


def create_flow(exchange: Exchange, request: LoginRequest) -> LoginFlow:
    """Return a new flow for this browser, not yet saved."""
    return LoginFlow(
        id=secrets.token_urlsafe(16),
        realm_id=exchange.realm.id,
        browser_digest=_digest(exchange),
        created_at=exchange.services.clock.now().isoformat(),
        request=request,
    )


def save_flow(exchange: Exchange, flow: LoginFlow) -> None:
    """Store the flow for as long as the realm lets a login take."""
    exchange.services.ephemeral.put(KIND, flow.id, flow.to_json(), exchange.realm.login_lifetime)


def load_flow(exchange: Exchange) -> LoginFlow:
    """Return the flow that the request names; raise `FlowExpired` or `ForeignBrowser`."""
    flow_id = exchange.query.get("flow", "")
    return _verify(exchange, flow_id, exchange.services.ephemeral.get(KIND, flow_id) if flow_id else None)


def take_finished_flow(exchange: Exchange) -> LoginFlow:
    """Return, once, the finished flow that the request names; raise `FlowExpired` or `ForeignBrowser`.

    `flow.error` is set when the person could not or would not prove what was asked; else `flow.session_id` is live.
    """
    flow = load_flow(exchange)
    if not flow.finished or exchange.services.ephemeral.take(KIND, flow.id) is None:
        raise FlowExpired("the flow is not finished, or was used")
    _leave_tombstone(exchange, flow)
    return flow


def is_flow_id(text: str) -> bool:
    """Tell whether *text* could name a flow, so that it may stand in an address."""
    return _FLOW_ID.fullmatch(text) is not None


def find_ended(exchange: Exchange) -> dict[str, str] | None:
    """Return where a flow that has ended belonged to (client_title, client_home), or None."""
    flow_id = exchange.query.get("flow", "")
    text = exchange.services.ephemeral.get(ENDED_KIND, flow_id) if flow_id else None
    ended: dict[str, str] | None = json.loads(text) if text else None
    return ended


def _leave_tombstone(exchange: Exchange, flow: LoginFlow) -> None:
    ended = json.dumps({"client_title": flow.request.client_title, "client_home": flow.request.client_home})
    exchange.services.ephemeral.put(ENDED_KIND, flow.id, ended, exchange.realm.login_lifetime)


def _verify(exchange: Exchange, flow_id: str, text: str | None) -> LoginFlow:
    if text is None:
        raise FlowExpired(f"no flow {flow_id[:22]!r}")
    flow = flow_from_json(text)
    if flow.realm_id != exchange.realm.id:
        raise FlowExpired("the flow belongs to another realm")
    if not hmac.compare_digest(flow.browser_digest, _digest(exchange)):
        exchange.record(Tag.FLOW_STOLEN, user_id=flow.user_id, client_id=flow.request.client_id)
        raise ForeignBrowser("the flow belongs to another browser")
    return flow


def _digest(exchange: Exchange) -> str:
    return hashlib.sha256(exchange.browser.encode()).hexdigest()
