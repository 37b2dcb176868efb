"""The endpoints at which clients may show a certificate, under a host of their own (RFC 8705 section 5).

On the public port nobody is asked for a certificate, and none is believed in.
"""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.oidc.routes import build_program_routes
from idp.web.mutual_tls import mark_mutual_tls
from idp.web.services import Services


class MutualTLSHost:
    """Answers requests to the mutual-TLS addresses, and passes all others on to *certificate_host*."""

    def __init__(self, services: Services, certificate_host: ASGIApp) -> None:
        self._host = _without_port(services.settings.mutual_tls_url.removeprefix("https://"))
        self._certificate_host = certificate_host
        self._endpoints = Starlette(routes=build_program_routes(), exception_handlers={404: _nothing_here})
        self._endpoints.state.services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request to where it belongs."""
        if scope["type"] != "http" or not scope["path"].startswith("/realms/") or not self._is_meant(scope):
            await self._certificate_host(scope, receive, send)
            return
        mark_mutual_tls(scope)
        await self._endpoints(scope, receive, send)

    def _is_meant(self, scope: Scope) -> bool:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        return len(hosts) == 1 and _without_port(hosts[0].decode("latin-1")) == self._host


def _without_port(host: str) -> str:
    name, _, port = host.lower().rpartition(":")
    return name if name and port.isdigit() else host.lower()


def _nothing_here(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("There is nothing here.\n", status_code=404)
