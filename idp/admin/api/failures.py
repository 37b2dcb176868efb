"""What was raised becomes JSON with the right status: never a traceback, never the text of an exception.

`error` and `error_description` are for everybody, `errorMessage` (and `message`) the same where Keycloak's clients look for it.
"""

from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from idp.admin.api.answers import json_response
from idp.admin.api.concurrency import PreconditionFailed
from idp.admin.importing import ImportRefused
from idp.errors import AccountLocked, Conflict, InvalidInput, NotFound, NotPermitted
from idp.keys.signing_keys import NextKeyTooYoung
from idp.oidc.token_holder import TokenRefused
from idp.web.parameters import MalformedRequest

log = structlog.get_logger()
_MOST_PROBLEMS = 100


class ProblemRepresentation(BaseModel):
    """What is wrong with one field."""

    field: str
    errorMessage: str


class ErrorRepresentation(BaseModel):
    """An error in the words of OAuth and of Keycloak."""

    error: str
    error_description: str
    errorMessage: str
    errors: list[ProblemRepresentation] | None = None


class TokenErrorRepresentation(BaseModel):
    """What is wrong with the access token (RFC 6750 section 3.1), which the challenge says, too."""

    error: str
    error_description: str | None = None


_BAD_REQUESTS = {
    400: ("invalid_request", "The request cannot be read."),
    408: ("request_timeout", "The body did not arrive in time."),
    413: ("content_too_large", "The body is larger than is taken here."),
    415: ("unsupported_media_type", "The body has to be application/json."),
}
_FACTS: tuple[tuple[type[Exception], int, str, str], ...] = (
    (NotPermitted, 403, "forbidden", "This needs permissions that the caller does not have."),
    (NotFound, 404, "not_found", "There is no such thing in this realm."),
    (
        NextKeyTooYoung,
        409,
        "conflict",
        "Not every application knows the next key yet. Its untilDate says from when on it may sign.",
    ),
    (Conflict, 409, "conflict", "The name is taken, or it does not fit the state that things are in."),
    (IntegrityError, 409, "conflict", "Somebody else changed what this is about."),
    (StaleDataError, 409, "conflict", "Somebody else changed what this is about."),
    (PreconditionFailed, 412, "precondition_failed", "It has changed since it was read. Read it again."),
    (AccountLocked, 429, "too_many_requests", "Too many failures. Wait a while."),
)
_STATUS = {404: ("not_found", "There is nothing here."), 405: ("method_not_allowed", "Not with this method.")}


def answer_fact(error: Exception) -> Response | None:
    """Return the answer to what handlers raise on purpose; None for anything else."""
    if isinstance(error, TokenRefused):
        return error.response
    told = _answer_unfit(error)
    if told is not None:
        return told
    for kind, status, name, text in _FACTS:
        if isinstance(error, kind):
            return answer_error(status, name, text)
    return None


def _answer_unfit(error: Exception) -> Response | None:
    """Return the answer to what says itself what is wrong with the request; None for anything else."""
    if isinstance(error, InvalidInput):
        return answer_invalid(error.fields)
    if isinstance(error, RequestValidationError):
        return answer_invalid(dict(map(_describe, error.errors())))
    if isinstance(error, ImportRefused):
        return _answer_refused(error)
    if isinstance(error, MalformedRequest):
        return answer_error(error.status, *_BAD_REQUESTS.get(error.status, _BAD_REQUESTS[400]))
    return None


def answer_invalid(fields: dict[str, str]) -> Response:
    """Return the answer that says of each field what is wrong with it."""
    text = "; ".join(f"{name}: {problem}" for name, problem in fields.items())
    problems = [{"field": name, "errorMessage": problem} for name, problem in fields.items()]
    return answer_error(400, "invalid_request", text, errors=problems)


def _answer_refused(error: ImportRefused) -> Response:
    """Return the answer to an import that is taken as a whole or not at all: 409 where the only reason is what was there."""
    problems = [
        {"field": f"{line.kind} {line.name}", "errorMessage": line.text} for line in error.lines[:_MOST_PROBLEMS]
    ]
    text = f"Nothing was taken: {len(error.lines)} of its objects cannot be. {error}"
    if error.is_conflict:
        return answer_error(409, "conflict", text, errors=problems)
    return answer_error(400, "invalid_request", text, errors=problems)


def answer_unexpected(error: Exception, *, path: str, event_id: str) -> Response:
    """Return the answer to what nobody thought of; the log has it under the event's id."""
    log.error("request failed", path=path, event_id=event_id, exc_info=error)
    return answer_error(500, "server_error", f"Event {event_id}")


def answer_unavailable(error: Exception) -> Response:
    """Return the answer for a database or store that does not answer."""
    log.error("storage unavailable", error=type(error).__name__, exc_info=error)
    text = "The provider cannot answer at the moment."
    response = answer_error(503, "temporarily_unavailable", text)
    response.headers["Retry-After"] = "30"
    return response


def answer_status(error: HTTPException) -> Response:
    """Return the answer to a path or method that there is not."""
    response = answer_error(error.status_code, *_STATUS.get(error.status_code, _BAD_REQUESTS[400]))
    response.headers.update(error.headers or {})
    return response


def answer_error(status: int, error: str, text: str, **more: Any) -> Response:
    """Return an error in the words of OAuth and of Keycloak."""
    return json_response({"error": error, "error_description": text, "errorMessage": text, **more}, status=status)


def _describe(problem: Any) -> tuple[str, str]:
    """Return where pydantic found something, without ``body`` or ``query`` before it, and what."""
    where = [str(part) for part in problem["loc"][1:]] or ["body"]
    return ".".join(where)[:255], str(problem["msg"])
