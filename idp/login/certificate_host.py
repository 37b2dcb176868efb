"""The application behind the certificate listener: read the certificate, store the verdict, send the browser back.

It sets no cookie, shows no page but for an address that is worthless, and answers success and failure in the same way. The
``Host`` header has to name the attempt's own label, and is used for nothing else: the way back is the attempt's.
"""

import hmac
from collections.abc import Awaitable, Callable

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.login.attempts import Attempt, find_attempt, store_verdict, take_attempt
from idp.pki.rejections import Reason
from idp.pki.verdict import Verdict, judge
from idp.web.client_certificate import MalformedClientCertificate, ResumedSession, read_client_certificate
from idp.web.endpoint import UNAVAILABLE
from idp.web.services import Services

_HEADERS = {
    "Cache-Control": "no-store",
    "Connection": "close",  # the next attempt is to begin with a handshake of its own
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_WORTHLESS = "This address works once, and only in the sign-in it was made for. Go back there and press Try again.\n"
_UNAVAILABLE = "Sign-in is not available at the moment. Please go back and press Try again in a minute.\n"
log = structlog.get_logger()


def build_certificate_host(services: Services) -> Starlette:
    """Return the application for the certificate listener."""
    app = Starlette(
        routes=[Route("/attempt/{attempt}", _endpoint(services))],
        exception_handlers={404: _nothing_here, **dict.fromkeys(UNAVAILABLE, _unavailable)},
    )
    app.state.services = services
    return app


def _endpoint(services: Services) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await services.threads.run(_answer, services, request)

    return answer


def _answer(services: Services, request: Request) -> Response:
    attempt = find_attempt(services.ephemeral, request.path_params["attempt"])
    if attempt is None or not _host_fits(services, attempt, request.headers.get("host", "")):
        _record_invalid(services, request, attempt)
        return PlainTextResponse(_WORTHLESS, status_code=404, headers=_HEADERS)
    taken = take_attempt(services.ephemeral, attempt.id)
    if taken is None:
        return PlainTextResponse(_WORTHLESS, status_code=404, headers=_HEADERS)
    verdict = _judge(services, taken, request)
    return RedirectResponse(store_verdict(services.ephemeral, taken, verdict), status_code=303, headers=_HEADERS)


def _judge(services: Services, attempt: Attempt, request: Request) -> Verdict:
    settings = services.settings
    try:
        presented = read_client_certificate(
            request.scope,
            request.headers.raw,
            settings.client_certificate_source,
            settings.trusted_proxies,
            settings.trusted_proxy_secret,
        )
    except ResumedSession:
        return Verdict(Reason.RESUMED)
    except MalformedClientCertificate as error:
        log.warning("client certificate unreadable", error=str(error)[:200])
        return Verdict(Reason.MALFORMED)
    with services.database.begin() as transaction:
        return judge(
            transaction,
            services.clock,
            leaf=presented.leaf,
            intermediates=presented.intermediates,
            trust=services.trust.get(attempt.realm_id),
            realm_id=attempt.realm_id,
            user_id=attempt.user_id,
            status=services.foreign_status,
            purpose=attempt.purpose,
        )


def _host_fits(services: Services, attempt: Attempt, host: str) -> bool:
    wanted = services.settings.certificate_url.replace("{label}", attempt.label).removeprefix("https://")
    return hmac.compare_digest(_without_port(host).encode(), _without_port(wanted).encode())


def _without_port(host: str) -> str:
    name, _, port = host.lower().rpartition(":")
    return name if name and port.isdigit() else host.lower()


def _record_invalid(services: Services, request: Request, attempt: Attempt | None) -> None:
    record = EventRecord(
        tag=Tag.ATTEMPT_INVALID,
        at=services.clock.now(),
        realm_id=attempt.realm_id if attempt else None,
        user_id=attempt.user_id if attempt else None,
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
        details={"host": request.headers.get("host", "")[:255]},
    )
    with services.database.transaction() as session:
        save_events(session, [record])


def _unavailable(_request: Request, error: Exception) -> Response:
    log.error("storage unavailable", error=type(error).__name__, exc_info=error)
    return PlainTextResponse(_UNAVAILABLE, status_code=503, headers={**_HEADERS, "Retry-After": "30"})


def _nothing_here(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("There is nothing here.\n", status_code=404, headers=_HEADERS)
