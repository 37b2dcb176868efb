"""Read a request's body: bounded in size and time, of the one media type that the endpoint takes."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import ClientDisconnect, Request

from idp.web.json_documents import parse_document
from idp.web.parameters import MalformedRequest, Parameters, parse_parameters

MAX_BODY_BYTES = 65536
BODY_SECONDS = 30.0
_FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class Body:
    """A form, a JSON object or octets; empty where the request has no body. A form with a file has its octets too."""

    form: Parameters = field(default_factory=lambda: Parameters([]))
    document: Mapping[str, Any] = field(default_factory=dict)
    content: bytes = b""


BodyReader = Callable[[Request], Awaitable[Body]]


async def read_form(request: Request) -> Body:
    """Return the form of a POST; raise `MalformedRequest`."""
    if request.method != "POST":
        return Body()
    content = await read_typed(request, _FORM)
    return Body(form=parse_parameters(content))


async def read_json(request: Request) -> Body:
    """Return the JSON object of a POST or PUT; raise `MalformedRequest`, also where there is none."""
    if request.method not in {"POST", "PUT"}:
        return Body()
    return Body(document=parse_document(await read_typed(request, JSON)))


def reader_of(media_type: str) -> BodyReader:
    """Return a reader of the octets of a POST of *media_type*; it raises `MalformedRequest`."""

    async def read(request: Request) -> Body:
        return Body(content=await read_typed(request, media_type) if request.method == "POST" else b"")

    return read


async def read_octets(request: Request, *, largest: int = MAX_BODY_BYTES) -> bytes:
    """Return the body of any type, bounded in size and time; raise `MalformedRequest`."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read_bounded(request, largest)
    except TimeoutError:
        raise MalformedRequest("the body does not end", 408) from None
    except ClientDisconnect:
        raise MalformedRequest("the client broke off") from None


async def read_typed(request: Request, media_type: str, *, largest: int = MAX_BODY_BYTES) -> bytes:
    """Return the body, at most *largest* octets of *media_type*; raise `MalformedRequest`."""
    content = await read_octets(request, largest=largest)
    if content and request.headers.get("content-type", "").partition(";")[0].strip().lower() != media_type:
        raise MalformedRequest(f"the body is not {media_type}", 415)
    return content


async def _read_bounded(request: Request, largest: int) -> bytes:
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > largest:
            raise MalformedRequest("the body is too large", 413)
        chunks.append(chunk)
    return b"".join(chunks)
