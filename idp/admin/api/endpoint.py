"""The one way through for each call: sign in, policy, handler, commit, answer; in a thread, in one transaction.

Returning commits, raising rolls back; the events of a failed call are saved on their own. Nobody learns what is wrong with a
request before they may make it: a body that does not fit is told to those alone whom the policy lets in.
"""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.admin.api.answers import respond
from idp.admin.api.call import Call
from idp.admin.api.concurrency import verify_condition_was_met
from idp.admin.api.failures import answer_fact, answer_unavailable, answer_unexpected
from idp.admin.api.policies import Policy
from idp.admin.api.sign_in import identify_caller, open_exchange_of_token
from idp.errors import NotFound, NotPermitted
from idp.events.record import EventRecord, save_events_of_request
from idp.events.tags import Tag
from idp.oidc.dpop import offer_nonce
from idp.realms.realms import find_realm
from idp.web.endpoint import UNAVAILABLE
from idp.web.exchange import Exchange
from idp.web.services import Services
from idp.web.transport_security import demand_https

Handler = Callable[..., Any]
_READING = {"GET", "HEAD"}


@dataclass(frozen=True)
class Operation:
    """A handler with its policy, and how many octets its body may have.

    The body is JSON; with *octets* the handler reads it itself, and with *form* it is a form with a file.
    """

    handler: Handler
    policy: Policy
    largest: int
    octets: bool = False
    form: bool = False

    async def answer(self, request: Request, arguments: Mapping[str, Any]) -> Response:
        """Answer the request with the parsed *arguments* of the handler."""
        return await self._run(request, lambda call: self.handler(call, **arguments))

    async def refuse(self, request: Request, error: Exception) -> Response:
        """Answer a request that cannot be read, if the policy lets the caller know."""

        def fail(_call: Call) -> Any:
            raise error

        return await self._run(request, fail)

    async def _run(self, request: Request, function: Callable[[Call], Any]) -> Response:
        services: Services = request.app.state.services
        # What changes something may hash a password or make keys.
        threads = services.threads if request.method in _READING else services.form_threads
        response = await threads.run(_answer, services, request, self.policy, function)
        return demand_https(response, services.settings.public_url)


def build_endpoint(operation: Operation, path: str) -> Callable[..., Awaitable[Response]]:
    """Return what FastAPI calls: with the handler's parameters, but the request in the place of the call."""

    async def endpoint(request: Request, **arguments: Any) -> Response:
        arguments.pop("realm", None)
        return await operation.answer(request, arguments)

    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = list(inspect.signature(operation.handler).parameters.values())[1:]
    own = [inspect.Parameter("request", kind, annotation=Request)]
    if "{realm}" in path:
        own.append(inspect.Parameter("realm", kind, annotation=str))
    described: Any = endpoint
    described.__signature__ = inspect.Signature(
        [*own, *(parameter.replace(kind=kind) for parameter in parameters)], return_annotation=Response
    )
    described.__name__ = getattr(operation.handler, "__name__", "handler")
    described.__doc__ = operation.handler.__doc__
    described.operation = operation
    return endpoint


def _answer(services: Services, request: Request, policy: Policy, function: Callable[[Call], Any]) -> Response:
    exchange: Exchange | None = None
    try:
        exchange = open_exchange_of_token(services, request)
        with exchange.transaction:
            call = _open_call(exchange, request, policy)
            response = respond(function(call))
            verify_condition_was_met(call)
            save_events_of_request(exchange.transaction, exchange.events)
    except UNAVAILABLE as error:
        return answer_unavailable(error)
    except Exception as error:
        return _fail(services, request, exchange, error)
    if request.method not in _READING:
        services.realms.clear()
        services.clients.clear()
    for value in exchange.cookies.header_values():
        response.headers.append("set-cookie", value)
    return offer_nonce(exchange, response)


def _open_call(exchange: Exchange, request: Request, policy: Policy) -> Call:
    name = request.path_params.get("realm")
    caller = identify_caller(exchange, name)
    realm = None if name is None else find_realm(exchange.session, name)
    if name is not None and realm is None:
        raise NotFound("no such realm")
    call = Call(exchange=exchange, caller=caller, target=realm, content=getattr(request, "content", b""))
    request.state.call = call
    if not policy.allows(caller.authority, realm):
        raise NotPermitted(f"{policy} does not let {caller.username} in")
    return call


def _describe_refusal(exchange: Exchange, call: Call | None) -> EventRecord:
    """Return the event of a call that was not permitted; without *call* it is not known for whom, but with a token of the realm."""
    by = call.describe_caller() if call is not None else {"realm": exchange.realm.name}
    return EventRecord(
        tag=Tag.ADMIN_REFUSED,
        at=exchange.services.clock.now(),
        realm_id=call.target.id if call is not None and call.target is not None else exchange.realm.id,
        session_id=call.caller.session_id if call is not None else None,
        address=exchange.address,
        user_agent=exchange.user_agent,
        details={"method": exchange.method, "path": exchange.path[:255], "by": by},
    )


def _fail(services: Services, request: Request, exchange: Exchange | None, error: Exception) -> Response:
    """Return the answer. The events of changes are gone with the changes; what is saved is that the call was refused, or broke."""
    events: list[EventRecord] = []
    if exchange is not None and isinstance(error, NotPermitted):
        events.append(_describe_refusal(exchange, getattr(request.state, "call", None)))
    response = answer_fact(error)
    if response is None:
        realm_id = None if exchange is None else exchange.realm.id
        event = EventRecord(
            tag=Tag.INTERNAL_ERROR,
            at=services.clock.now(),
            realm_id=realm_id,
            details={"path": request.url.path[:255], "error": type(error).__name__},
        )
        events.append(event)
        response = answer_unexpected(error, path=request.url.path, event_id=event.id)
    try:
        with services.database.begin() as transaction:
            save_events_of_request(transaction, events)
    except UNAVAILABLE as worse:
        return answer_unavailable(worse)
    return response
