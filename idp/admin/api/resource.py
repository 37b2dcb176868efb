"""A resource of the API: a name in the OpenAPI document and routes, each of which declares its policy."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from idp.admin.api.endpoint import Operation, build_endpoint
from idp.admin.api.failures import ErrorRepresentation
from idp.admin.api.policies import Policy
from idp.web.bodies import JSON, MAX_BODY_BYTES, read_typed
from idp.web.endpoint import read_query
from idp.web.json_documents import parse_json
from idp.web.parameters import MalformedRequest

H = TypeVar("H", bound=Callable[..., Any])


class Resource:
    """Collects routes; `router` goes into the application."""

    def __init__(self, name: str) -> None:
        self.router = APIRouter(tags=[name], route_class=StrictRoute)

    def get(self, path: str, policy: Policy, *, model: Any = None) -> Callable[[H], H]:
        """Return a decorator for what answers GET with 200; *model* is what the document says where the handler does not."""
        return self._route("GET", path, policy, 200, model=model)

    def post(self, path: str, policy: Policy, *, status: int = 204, largest: int = MAX_BODY_BYTES) -> Callable[[H], H]:
        """Return a decorator for what answers POST; *largest* is how many octets the body may have."""
        return self._route("POST", path, policy, status, largest=largest)

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
    ) -> Callable[[H], H]:
        def register(handler: H) -> H:
            returned = model or handler.__annotations__.get("return")
            self.router.add_api_route(
                path,
                build_endpoint(Operation(handler, policy, largest), path),
                methods=[method],
                status_code=status,
                response_model=returned if status == 200 and returned is not Response else None,
                response_model_exclude_none=True,
                responses={"4XX": {"model": ErrorRepresentation}},
                openapi_extra={"security": [{"bearer": []}], "x-policy": repr(policy)},
            )
            return handler

        return register


class StrictRoute(APIRoute):
    """Reads query and body as the rest of the provider does, before FastAPI fits them into the handler's parameters."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request of this route."""
        handle = super().get_route_handler()
        operation: Operation = getattr(self.endpoint, "operation")  # noqa: B009 (functions have no such attribute for mypy)

        async def answer(request: Request) -> Response:
            try:
                read_query(request)
                parsed = await ParsedRequest.read(request, operation.largest)
            except MalformedRequest as error:
                return await operation.refuse(request, error)
            return await handle(parsed)

        return answer


class ParsedRequest(Request):
    """A request whose body has been read."""

    content: bytes
    parsed: Any

    @classmethod
    async def read(cls, request: Request, largest: int) -> "ParsedRequest":
        """Return the request with its body; raise `MalformedRequest`."""
        parsed = cls(request.scope, request.receive)
        parsed.content = b""
        if request.method not in {"GET", "HEAD"}:
            parsed.content = await read_typed(request, JSON, largest=largest)
        parsed.parsed = parse_json(parsed.content) if parsed.content.strip() else None
        return parsed

    async def body(self) -> bytes:
        """Return the body."""
        return self.content

    async def json(self) -> Any:
        """Return what the body says."""
        return self.parsed
