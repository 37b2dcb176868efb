"""``/realms/{realm}/pki/…``: an authority's revocation list and its certificate (RFC 5280 section 4.2.1.13, RFC 2585)."""

from email.utils import format_datetime

import structlog
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from idp.distribution.published import PublishedList, PublishedLists
from idp.errors import NotFound
from idp.events.tags import Tag
from idp.models import CertificateAuthority
from idp.storage.database import Database
from idp.web.endpoint import Adapter, Handler
from idp.web.exchange import Exchange
from idp.web.parameters import MalformedRequest
from idp.web.services import Services

_LIST_SECONDS = 300
_CERTIFICATE_SECONDS = 86400
log = structlog.get_logger()


def build_routes(database: Database) -> list[Route]:
    """Return the routes; *database* is where the lists are read."""
    adapter = Adapter(_answer_failure, _answer_unknown_realm, _answer_unavailable)
    handlers = {"crl": _list_handler(PublishedLists(database)), "crt": _answer_certificate}
    return [
        Route(f"/realms/{{realm}}/pki/{{authority}}.{ending}", adapter.endpoint(handler), methods=["GET"])
        for ending, handler in handlers.items()
    ]


def _list_handler(lists: PublishedLists) -> Handler:
    def answer(exchange: Exchange) -> Response:
        found = lists.find(exchange.realm.id, exchange.path_params["authority"])
        if found is None:
            raise NotFound("no such list")
        return _answer_list(exchange, found)

    return answer


def _answer_list(exchange: Exchange, found: PublishedList) -> Response:
    left = int((found.next_update - exchange.services.clock.now()).total_seconds())
    headers = {
        "ETag": f'"{found.number}"',
        "Last-Modified": format_datetime(found.this_update, usegmt=True),
        "Cache-Control": f"public, max-age={max(0, min(_LIST_SECONDS, left))}",
    }
    if exchange.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(found.data, media_type="application/pkix-crl", headers=headers)


def _answer_certificate(exchange: Exchange) -> Response:
    statement = select(CertificateAuthority.certificate).where(
        CertificateAuthority.id == exchange.path_params["authority"],
        CertificateAuthority.realm_id == exchange.realm.id,
        CertificateAuthority.kind.in_(("root", "issuing")),
    )
    certificate = exchange.session.scalar(statement)
    if certificate is None:
        raise NotFound("no such authority")
    headers = {"Cache-Control": f"public, max-age={_CERTIFICATE_SECONDS}"}
    return Response(certificate, media_type="application/pkix-cert", headers=headers)


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
