"""What is told where there is nothing, or nothing at the moment: a line of plain text."""

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from idp.errors import NotFound
from idp.events.tags import Tag
from idp.web.bodies import BodyReader, read_form
from idp.web.endpoint import Adapter
from idp.web.exchange import Exchange
from idp.web.parameters import MalformedRequest
from idp.web.services import Services

log = structlog.get_logger()


def build_adapter(read_body: BodyReader = read_form) -> Adapter:
    """Return the way through for what is published; *read_body* is what bodies have to be."""
    return Adapter(_answer_failure, _answer_unknown_realm, _answer_unavailable, read_body=read_body)


def _answer_failure(exchange: Exchange, error: Exception) -> Response:
    if isinstance(error, NotFound):
        return _answer(404, "There is nothing here.")
    if isinstance(error, MalformedRequest):
        return _answer(error.status, "The request cannot be read.")
    event_id = exchange.record(Tag.INTERNAL_ERROR, path=exchange.path, error=type(error).__name__)
    log.error("request failed", path=exchange.path, event_id=event_id, exc_info=error)
    return _answer(500, f"Something went wrong here. Event {event_id}")


def _answer_unknown_realm(_request: Request) -> Response:
    return _answer(404, "There is nothing here.")


def _answer_unavailable(_services: Services, error: Exception) -> Response:
    log.error("storage unavailable", error=type(error).__name__, exc_info=error)
    response = _answer(503, "Not available at the moment.")
    response.headers["Retry-After"] = "30"
    return response


def _answer(status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status, headers={"Cache-Control": "no-store"})
