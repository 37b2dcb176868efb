"""A resource of the API: a name in the OpenAPI document and routes, each of which declares its policy."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, get_args

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.admin.api.endpoint import Operation, build_endpoint
from idp.admin.api.failures import ErrorRepresentation, TokenErrorRepresentation
from idp.admin.api.policies import Policy
from idp.web.bodies import JSON, MAX_BODY_BYTES, read_typed
from idp.web.endpoint import read_query
from idp.web.json_documents import parse_json
from idp.web.parameters import MalformedRequest
from idp.web.uploads import read_upload

H = TypeVar("H", bound=Callable[..., Any])


def _document_header(name: str, description: str) -> dict[str, Any]:
    return {name: {"description": description, "required": True, "schema": {"type": "string"}}}


_LOCATION = _document_header("Location", "Its address.")
_UNAUTHORIZED: dict[str, Any] = {
    "model": TokenErrorRepresentation,
    "headers": _document_header("WWW-Authenticate", "How to present a token."),
}
_FORM: dict[str, Any] = {"requestBody": {"content": {"multipart/form-data": {"schema": {"type": "object"}}}}}


class Resource:
    """Collects routes; `router` goes into the application."""

    def __init__(self, name: str) -> None:
        self.router = APIRouter(tags=[name], route_class=StrictRoute)

    def get(
        self, path: str, policy: Policy, *, model: Any = None, media_types: tuple[str, ...] = ()
    ) -> Callable[[H], H]:
        """Return a decorator for what answers GET with 200.

        *model* is what the document says where the handler does not, *media_types* are those of a handler that answers with files.
        """
        return self._route("GET", path, policy, 200, model=model, media_types=media_types)

    def post(
        self,
        path: str,
        policy: Policy,
        *,
        status: int = 204,
        largest: int = MAX_BODY_BYTES,
        document: type[BaseModel] | None = None,
    ) -> Callable[[H], H]:
        """Return a decorator for what answers POST; *largest* is how many octets the body may have.

        With *document*, which it is described as, the handler takes the body apart itself (`Call.content`): a large one is not
        to be parsed before it is known who sends it.
        """
        return self._route("POST", path, policy, status, largest=largest, document=document)

    def post_form(self, path: str, policy: Policy) -> Callable[[H], H]:
        """Return a decorator for what answers POST of a form with a file; the handler takes an `idp.admin.api.uploads.Upload`."""
        return self._route("POST", path, policy, 200, form=True)

    def put(self, path: str, policy: Policy, *, status: int = 204, largest: int = MAX_BODY_BYTES) -> Callable[[H], H]:
        """Return a decorator for what answers PUT."""
        return self._route("PUT", path, policy, status, largest=largest)

    def delete(self, path: str, policy: Policy, *, status: int = 204) -> Callable[[H], H]:
        """Return a decorator for what answers DELETE."""
        return self._route("DELETE", path, policy, status)

    def _route(
        self,
        method: str,
        path: str,
        policy: Policy,
        status: int,
        *,
        largest: int = MAX_BODY_BYTES,
        model: Any = None,
        media_types: tuple[str, ...] = (),
        document: type[BaseModel] | None = None,
        form: bool = False,
    ) -> Callable[[H], H]:
        body = _FORM if form else {} if document is None else {"requestBody": _describe_body(document)}

        def register(handler: H) -> H:
            returned = model or handler.__annotations__.get("return")
            with_content = status == 200 and returned is not Response
            self.router.add_api_route(
                path,
                build_endpoint(Operation(handler, policy, largest, document is not None, form), path),
                methods=[method],
                status_code=status,
                response_model=returned if with_content else None,
                response_model_exclude_none=True,
                response_class=JSONResponse if with_content else Response,
                responses=_document(status, returned, media_types),
                openapi_extra={"security": [{"bearer": []}], "x-policy": repr(policy), **body},
            )
            return handler

        return register


def _document(status: int, returned: Any, media_types: tuple[str, ...]) -> dict[int | str, dict[str, Any]]:
    """Return what the document says of answers besides what FastAPI finds out: errors, addresses of what is new, files."""
    error: dict[str, Any] = {"model": ErrorRepresentation}
    answers: dict[int | str, dict[str, Any]] = {401: _UNAUTHORIZED, "4XX": error, 503: error}
    if status == 201:
        answers[201] = {"description": "It is new.", "headers": _LOCATION}
    if status == 201 and type(None) in get_args(returned):
        answers[204] = {"description": "It was there before, and was moved."}
    if status >= 400:
        answers[status] = {**error, "description": "It is refused to everybody."}
    if media_types:
        answers[200] = {"content": {media_type: {} for media_type in media_types}}
    return answers


def _describe_body(document: type[BaseModel]) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": document.model_json_schema()}}}


class StrictRoute(APIRoute):
    """Reads query and body as the rest of the provider does, before FastAPI fits them into the handler's parameters."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request of this route."""
        handle = super().get_route_handler()
        operation: Operation = getattr(self.endpoint, "operation")  # noqa: B009 (functions have no such attribute for mypy)

        async def answer(request: Request) -> Response:
            try:
                read_query(request)
                if operation.form:
                    request.state.upload = await read_upload(request)
                    return await handle(request)
                parsed = await ParsedRequest.read(request, operation.largest, octets=operation.octets)
            except MalformedRequest as error:
                return await operation.refuse(request, error)
            return await handle(parsed)

        return answer


class ParsedRequest(Request):
    """A request whose body has been read."""

    content: bytes
    parsed: Any

    @classmethod
    async def read(cls, request: Request, largest: int, *, octets: bool = False) -> "ParsedRequest":
        """Return the request with its body, parsed unless *octets* are wanted; raise `MalformedRequest`."""
        parsed = cls(request.scope, request.receive)
        parsed.content = b""
        if request.method not in {"GET", "HEAD"}:
            parsed.content = await read_typed(request, JSON, largest=largest)
        parsed.parsed = None if octets or not parsed.content.strip() else parse_json(parsed.content)
        return parsed

    async def body(self) -> bytes:
        """Return the body."""
        return self.content

    async def json(self) -> Any:
        """Return what the body says."""
        return self.parsed
