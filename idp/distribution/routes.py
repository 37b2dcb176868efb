"""``/realms/{realm}/pki/…``: an authority's revocation list and its certificate (RFC 5280 section 4.2.1.13, RFC 2585)."""

from email.utils import format_datetime

from sqlalchemy import select
from starlette.responses import Response
from starlette.routing import Route

from idp.distribution.failures import build_adapter
from idp.distribution.ocsp import build_ocsp_routes
from idp.distribution.published import PublishedList, PublishedLists
from idp.errors import NotFound
from idp.models import CertificateAuthority
from idp.storage.database import Database
from idp.web.endpoint import Handler
from idp.web.exchange import Exchange

_LIST_SECONDS = 300
_CERTIFICATE_SECONDS = 86400


def build_routes(database: Database) -> list[Route]:
    """Return the routes; *database* is where the lists are read."""
    adapter = build_adapter()
    handlers = {"crl": _list_handler(PublishedLists(database)), "crt": _answer_certificate}
    files = [
        Route(f"/realms/{{realm}}/pki/{{authority}}.{ending}", adapter.endpoint(handler), methods=["GET"])
        for ending, handler in handlers.items()
    ]
    return [*files, *build_ocsp_routes(database)]


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
