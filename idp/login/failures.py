"""What was raised becomes a page: what happened and what to do, never a traceback, never the text of an exception."""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from idp.errors import AccountLocked, FlowExpired, InvalidInput, LinkInvalid, NotFound
from idp.events.tags import Tag
from idp.login.flows import ForeignBrowser, find_ended, is_flow_id
from idp.themes import DEFAULT
from idp.web.csrf import ForgedRequest
from idp.web.exchange import Exchange
from idp.web.pages import page_headers, render_page
from idp.web.parameters import MalformedRequest
from idp.web.services import Services

log = structlog.get_logger()

_MALFORMED = {
    408: ("That took too long", "The form did not arrive in time. Please go back and try again."),
    413: ("That was too much", "The form is larger than any of ours. Please go back and try again."),
    415: ("We cannot read this", "The request has a form that is not understood here."),
    400: ("We cannot read this", "The address or form is damaged. Please go back and try again."),
}


def answer_page_failure(exchange: Exchange, error: Exception) -> Response:
    """Return the page for *error*."""
    for kind, answer in _ANSWERS:
        if isinstance(error, kind):
            return answer(exchange, error)
    return _answer_unexpected(exchange, error)


def render_error(exchange: Exchange, status: int, title: str, text: str, **context: Any) -> Response:
    """Return the general error page."""
    return render_page(exchange, "login/error.html", status=status, title=title, text=text, **context)


def _answer_expired(exchange: Exchange, error: FlowExpired) -> Response:
    if isinstance(error, ForeignBrowser):
        return render_page(exchange, "login/finished.html", status=403, reason="other_browser", application=None)
    ended = find_ended(exchange)
    application = {"name": ended["client_title"], "url": ended["client_home"]} if ended else None
    reason = "finished" if ended else "expired"
    return render_page(exchange, "login/finished.html", status=400, reason=reason, application=application)


def _answer_link(exchange: Exchange, _error: LinkInvalid) -> Response:
    return render_page(exchange, "login/link_invalid.html", status=410, login_url=exchange.url("/account/"))


def _answer_forged(exchange: Exchange, _error: ForgedRequest) -> Response:
    text = "The form was not sent from our page, or its page is too old. Nothing was changed. Please open it anew."
    return render_error(exchange, 403, "Please try that again", text)


def _answer_malformed(exchange: Exchange, error: MalformedRequest) -> Response:
    return render_error(exchange, error.status, *_MALFORMED[error.status])


def _answer_nothing(exchange: Exchange, _error: Exception) -> Response:
    return render_error(exchange, 404, "There is nothing here", "The address leads nowhere, or to something gone.")


def _answer_locked(exchange: Exchange, error: AccountLocked) -> Response:
    seconds = math.ceil(error.retry_after.total_seconds())
    response = render_page(
        exchange,
        "login/locked.html",
        status=429,
        minutes=max(math.ceil(seconds / 60), 1),
        try_again_url=_step_address(exchange),
        forgot_password_url=exchange.url("/login/forgot-password") if exchange.path.endswith("/password") else "",
    )
    response.headers["Retry-After"] = str(seconds)
    return response


def _step_address(exchange: Exchange) -> str:
    """Return the address of the login's page that was posted from; empty outside a login."""
    flow = exchange.query.get("flow", "")
    return f"{exchange.services.settings.public_url}{exchange.path}?flow={flow}" if is_flow_id(flow) else ""


def _answer_unexpected(exchange: Exchange, error: Exception) -> Response:
    event_id = exchange.record(Tag.INTERNAL_ERROR, path=exchange.path, error=type(error).__name__)
    log.error("request failed", path=exchange.path, event_id=event_id, exc_info=error)
    text = "Something went wrong on our side. Nothing was lost; please try again in a moment."
    return render_error(exchange, 500, "That did not work", text, event_id=event_id)


_ANSWERS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Exchange, Any], Response]], ...] = (
    (FlowExpired, _answer_expired),
    (AccountLocked, _answer_locked),
    (LinkInvalid, _answer_link),
    (ForgedRequest, _answer_forged),
    (MalformedRequest, _answer_malformed),
    ((NotFound, InvalidInput), _answer_nothing),
)


def answer_unknown_realm_page(request: Request) -> Response:
    """Return the page for an address whose realm does not exist."""
    text = "There is no such sign-in page. Please check the address, or start from your application."
    return render_without_realm(request.app.state.services, 404, "There is nothing here", text)


def answer_unavailable_page(services: Services, error: Exception) -> Response:
    """Return the page for a database or store that cannot be reached."""
    log.error("storage unavailable", error=type(error).__name__, exc_info=error)
    text = "Sign-in is not available at the moment. Nothing was lost; please try again in a minute."
    response = render_without_realm(services, 503, "Please try again soon", text)
    response.headers["Retry-After"] = "30"
    return response


def render_without_realm(services: Services, status: int, title: str, text: str) -> Response:
    """Return an error page of the default theme, for requests that belong to no realm."""
    html = (
        services.themes.environment(DEFAULT)
        .get_template("login/error.html")
        .render(
            resources=f"{services.settings.public_url}/resources/{services.themes.version}/{DEFAULT}",
            realm=SimpleNamespace(name="", display_name="Countersign"),
            csrf_token="",
            title=title,
            text=text,
            errors={},
            message="",
        )
    )
    return HTMLResponse(html, status_code=status, headers=page_headers())
