"""``/realms/{realm}/pki/{id}/ocsp``: what caches like (RFC 9919), by GET and by POST (RFC 6960 appendix A)."""

import base64
import binascii
from email.utils import format_datetime

from starlette.responses import Response
from starlette.routing import Route

from idp.distribution.failures import build_adapter
from idp.distribution.responders import Answer, Responders
from idp.errors import NotFound
from idp.pki.ocsp import Failure, OcspFailed, OcspRequest, read_request
from idp.storage.database import Database
from idp.web.bodies import reader_of
from idp.web.endpoint import Handler
from idp.web.exchange import Exchange

_CACHED_SECONDS = 300
_MEDIA_TYPE = "application/ocsp-response"


def build_ocsp_routes(database: Database) -> list[Route]:
    """Return the routes; *database* is where the signers are read."""
    path, adapter = "/realms/{realm}/pki/{authority}/ocsp", build_adapter(reader_of("application/ocsp-request"))
    endpoint = adapter.endpoint(_handler(Responders(database)))
    return [
        Route(path, endpoint, methods=["POST"]),
        Route(path + "/{request:path}", endpoint, methods=["GET"]),
    ]


def _handler(responders: Responders) -> Handler:
    def answer(exchange: Exchange) -> Response:
        responder = responders.find(exchange.realm.id, exchange.path_params["authority"])
        if responder is None:
            raise NotFound("no such authority")
        services = exchange.services
        try:
            request = read_request(_read_octets(exchange))
            found = responders.answer(exchange.transaction, services.authority_keys, services.clock, responder, request)
        except OcspFailed as error:
            return Response(error.failure.encode(), media_type=_MEDIA_TYPE, headers={"Cache-Control": "no-store"})
        return _answer(exchange, request, found)

    return answer


def _read_octets(exchange: Exchange) -> bytes:
    if exchange.method == "POST":
        return exchange.content
    try:
        return base64.b64decode(exchange.path_params["request"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise OcspFailed(Failure.MALFORMED) from error


def _answer(exchange: Exchange, request: OcspRequest, found: Answer) -> Response:
    if exchange.method == "POST" or request.nonce is not None:
        return Response(found.data, media_type=_MEDIA_TYPE, headers={"Cache-Control": "no-store"})
    left = int((found.next_update - exchange.services.clock.now()).total_seconds())
    headers = {
        "ETag": found.etag,
        "Last-Modified": format_datetime(found.this_update, usegmt=True),
        "Expires": format_datetime(found.next_update, usegmt=True),
        "Cache-Control": f"public, no-transform, must-revalidate, max-age={max(0, min(_CACHED_SECONDS, left))}",
    }
    if exchange.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type=_MEDIA_TYPE, headers=headers)
