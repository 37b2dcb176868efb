"""What was raised becomes an OAuth error: JSON for programs (RFC 6749 section 5.2), a page for people."""

import json

import structlog
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from starlette.requests import Request
from starlette.responses import Response

from idp.events.tags import Tag
from idp.login.failures import answer_page_failure, render_error
from idp.oidc.errors import DestinationInvalid, RequestUnusable
from idp.web.exchange import Exchange
from idp.web.parameters import MalformedRequest
from idp.web.services import Services

log = structlog.get_logger()
_DETAIL_LENGTH = 200
_MISDIRECTED = (
    "The application made a mistake",
    "The application sent you here with an address that is not registered for it, so we cannot send you back. "
    "Please go back and try again, or tell those who run the application.",
)
_UNUSABLE = (
    "This request cannot be used",
    "What the application asks for has expired, was used before, or cannot be read. "
    "Please go back to the application and start again there.",
)


def answer_oauth_error(error: OAuth2Error) -> Response:
    """Return the JSON answer for *error*, with its status and headers."""
    status, body, headers = error()
    return Response(json.dumps(body, separators=(",", ":")), status_code=status, headers=dict(headers))


def answer_json_failure(exchange: Exchange, error: Exception) -> Response:
    """Return the JSON answer for anything that a handler raised."""
    if isinstance(error, OAuth2Error):
        return answer_oauth_error(error)
    if isinstance(error, MalformedRequest):
        return answer_oauth_error(InvalidRequestError("The request cannot be read.", status_code=error.status))
    event_id = exchange.record(Tag.INTERNAL_ERROR, path=exchange.path, error=type(error).__name__)
    log.error("request failed", path=exchange.path, event_id=event_id, exc_info=error)
    return answer_oauth_error(OAuth2Error(f"Event {event_id}", error="server_error", status_code=500))


def answer_unavailable_json(_services: Services, error: Exception) -> Response:
    """Return the JSON answer for a database or store that does not answer."""
    log.error("storage unavailable", error=type(error).__name__, exc_info=error)
    text = "The provider cannot answer at the moment."
    response = answer_oauth_error(OAuth2Error(text, error="temporarily_unavailable", status_code=503))
    response.headers["Retry-After"] = "30"
    return response


def answer_unknown_realm_json(_request: Request) -> Response:
    """Return the JSON answer for a realm that does not exist."""
    return answer_oauth_error(OAuth2Error("There is no such realm.", error="not_found", status_code=404))


def answer_authorization_failure(exchange: Exchange, error: Exception) -> Response:
    """Return the page for a request that must not be redirected, or for whatever else was raised."""
    if not isinstance(error, DestinationInvalid):
        return answer_page_failure(exchange, error)
    event_id = exchange.record(
        Tag.AUTHORIZATION_REFUSED,
        client_id=exchange.parameter("client_id")[:_DETAIL_LENGTH],
        reason=error.description,
        redirect_uri=exchange.parameter("redirect_uri")[:_DETAIL_LENGTH],
    )
    title, text = _UNUSABLE if isinstance(error, RequestUnusable) else _MISDIRECTED
    return render_error(exchange, 400, title, text, event_id=event_id)
