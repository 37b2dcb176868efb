"""The one way through: parse the request, run the handler in a thread inside one transaction, answer.

Returning commits, raising rolls back; the events of a failed request are saved on their own.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import Request
from starlette.responses import Response

from idp.events.record import save_events_of_request
from idp.keys.keyring import KeyMissing
from idp.realms.policy import RealmPolicy
from idp.storage.ephemeral import StoreUnavailable
from idp.web.addresses import client_address
from idp.web.bodies import Body, BodyReader, read_form
from idp.web.cookies import CookieJar, parse_cookies
from idp.web.exchange import Exchange
from idp.web.parameters import MalformedRequest, Parameters, parse_parameters
from idp.web.services import Services
from idp.web.transport_security import demand_https

Handler = Callable[[Exchange], Response]
FailureHandler = Callable[[Exchange, Exception], Response]
Endpoint = Callable[[Request], Awaitable[Response]]

UNAVAILABLE = (OperationalError, InterfaceError, PoolTimeout, StoreUnavailable, KeyMissing)
"""The database or the store does not answer, or a realm of an earlier version has no key yet: waiting helps."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Adapter:
    """Makes endpoints whose failures are told in one way: pages for people, JSON for programs.

    *costly_forms* run in threads of their own, apart from what is answered quickly; *read_body* is what bodies have to be.
    """

    on_failure: FailureHandler
    on_unknown_realm: Callable[[Request], Response]
    on_unavailable: Callable[[Services, Exception], Response]
    costly_forms: bool = False
    read_body: BodyReader = read_form

    def endpoint(self, handler: Handler) -> Endpoint:
        """Return a Starlette endpoint that runs *handler* for the realm named in the path."""

        async def answer(request: Request) -> Response:
            services: Services = request.app.state.services
            costly = self.costly_forms and request.method == "POST"
            threads = services.form_threads if costly else services.threads
            try:
                query = read_query(request)
                body = await self.read_body(request)
            except MalformedRequest as error:
                response = await services.threads.run(self._answer_malformed, services, request, error)
            else:
                build = partial(open_exchange, services, request, query, body)
                response = await threads.run(self._run, services, request, build, handler)
            return demand_https(response, services.settings.public_url)

        return answer

    def _run(
        self,
        services: Services,
        request: Request,
        build: Callable[[RealmPolicy], Exchange],
        handler: Handler,
    ) -> Response:
        try:
            realm = services.realms.get(request.path_params["realm"])
        except UNAVAILABLE as error:
            return self.on_unavailable(services, error)
        if realm is None:
            return self.on_unknown_realm(request)
        exchange = build(realm)
        try:
            response = _run_in_transaction(exchange, handler)
        except UNAVAILABLE as error:
            return self.on_unavailable(services, error)
        except Exception as error:
            response = self._fail(exchange, error)
        for value in exchange.cookies.header_values():
            response.headers.append("set-cookie", value)
        return response

    def _fail(self, exchange: Exchange, error: Exception) -> Response:
        try:
            exchange.transaction = exchange.services.database.begin()
            with exchange.transaction:
                response = self.on_failure(exchange, error)
                save_events_of_request(exchange.transaction, exchange.events)
        except UNAVAILABLE as worse:
            return self.on_unavailable(exchange.services, worse)
        return response

    def _answer_malformed(self, services: Services, request: Request, error: MalformedRequest) -> Response:
        try:
            realm = services.realms.get(request.path_params["realm"])
        except UNAVAILABLE as unavailable:
            return self.on_unavailable(services, unavailable)
        if realm is None:
            return self.on_unknown_realm(request)
        return self._fail(open_exchange(services, request, Parameters([]), Body(), realm), error)


def _run_in_transaction(exchange: Exchange, handler: Handler) -> Response:
    with exchange.transaction:
        response = handler(exchange)
        save_events_of_request(exchange.transaction, exchange.events)
    return response


def open_exchange(services: Services, request: Request, query: Parameters, body: Body, realm: RealmPolicy) -> Exchange:
    """Return the exchange of a request at *realm*, with a transaction of its own."""
    headers = request.headers
    trusted = services.settings.trusted_proxies
    return Exchange(
        services=services,
        transaction=services.database.begin(),
        realm=realm,
        method=request.method,
        path=request.scope["path"],
        query=query,
        form=body.form,
        document=body.document,
        content=body.content,
        headers=headers,
        path_params=request.path_params,
        # A proxy may append a line of its own after the one that the client sent.
        address=client_address(request.scope, ",".join(headers.getlist("x-forwarded-for")) if trusted else "", trusted),
        cookies=CookieJar(parse_cookies(headers.get("cookie", "")), services.settings.secure),
        scope=request.scope,
    )


def read_query(request: Request) -> Parameters:
    """Return the parameters of the query; raise `MalformedRequest`."""
    if "\x00" in request.scope["path"]:
        raise MalformedRequest("the path holds a NUL")  # PostgreSQL cannot even compare it
    return parse_parameters(request.scope["query_string"])
