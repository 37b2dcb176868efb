"""What handlers return becomes a response."""

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from starlette.responses import Response

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True)
class Created:
    """Something new, and its address."""

    location: str


@dataclass(frozen=True)
class Tagged:
    """A representation with its entity tag (RFC 9110 section 8.8.3)."""

    value: BaseModel
    etag: str


def respond(value: Any) -> Response:
    """Return 201 for `Created`, 204 for None, a response as it is, and 200 with anything else as JSON."""
    if isinstance(value, Response):
        return value
    if isinstance(value, Created):
        return Response(status_code=201, headers={**_HEADERS, "Location": value.location})
    if value is None:
        return Response(status_code=204, headers=_HEADERS)
    if isinstance(value, Tagged):
        return json_response(value.value, ETag=value.etag)
    return json_response(value)


def json_response(value: Any, *, status: int = 200, **headers: str) -> Response:
    """Return *value* as JSON; what is None in a representation is left out."""
    content = json.dumps(plain(value), separators=(",", ":"))
    return Response(content, status, {**_HEADERS, **headers}, media_type="application/json")


def plain(value: Any) -> Any:
    """Return *value* with representations as dictionaries."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value
