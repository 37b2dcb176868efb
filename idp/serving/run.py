"""Run the provider: its three listeners and what works beside them, in one process."""

import asyncio
import gc
import ssl
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette

from idp.login.certificate_host import build_certificate_host
from idp.mail.transport import SMTPTransport
from idp.mail.worker import MailWorker
from idp.oidc.mutual_tls import MutualTLSHost
from idp.serving.authorities import KnownAuthorities
from idp.serving.bound_server import BoundServer
from idp.serving.foreign_revocation import ForeignRevocationWorker
from idp.serving.housekeeping import sweep
from idp.serving.listener import build_certificate_server, build_http_server, serve_together
from idp.serving.logout_worker import LogoutWorker, measure_waiting
from idp.serving.mail_events import build_mail_recorder
from idp.serving.management import build_management_app
from idp.serving.metrics import Metrics, Observed
from idp.serving.periodic import Periodic
from idp.settings import Settings
from idp.web.services import Services

PURGE_SECONDS = 60.0
AUTHORITIES_SECONDS = 1.0
MASTER_KEY_SECONDS = 5.0
MEASURE_SECONDS = 15.0
_TLS_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
log = structlog.get_logger()


class Companion(Protocol):
    """What works beside the listeners, in a thread of its own."""

    def start(self) -> None:
        """Begin to work."""
        ...

    def stop(self) -> None:
        """End, and wait for that."""
        ...


def serve_provider(
    app: Starlette,
    *,
    more_servers: Sequence[BoundServer] = (),
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Serve *app* (of `idp.app.create_app`), and *more_servers* in the same event loop, until SIGINT or SIGTERM.

    Nothing has started when `PortTaken` or `ConfigurationError` is raised. *on_ready* is called once every listener
    accepts connections. Closes the database and the store of *app* in the end.
    """
    services: Services = app.state.services
    authorities = KnownAuthorities(services.database)
    metrics = Metrics()
    companions = build_companions(services, authorities, metrics)

    def begin() -> None:
        # What has been made until now stays for good: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        log.info("ready", public_url=services.settings.public_url)
        if on_ready is not None:
            on_ready()

    with ExitStack() as stack:
        stack.callback(services.database.close)
        stack.callback(services.ephemeral.close)
        authorities.refresh()
        servers = [*build_servers(app, authorities, metrics), *more_servers]
        for companion in companions:
            stack.callback(companion.stop)
        run_in_loop(servers, companions, begin)


def build_servers(app: Starlette, authorities: KnownAuthorities, metrics: Metrics) -> list[BoundServer]:
    """Return the public, the certificate and the management listener, not started."""
    services: Services = app.state.services
    settings = services.settings
    log_requests = settings.log_level == "debug"
    public = Observed(app, metrics, "public", access_log=log_requests)
    certificate = Observed(
        MutualTLSHost(services, build_certificate_host(services)), metrics, "certificate", access_log=log_requests
    )
    checks = {"database": services.database.ping, "short-lived state": services.ephemeral.ping}
    return [
        build_http_server(public, host=settings.host, port=settings.port),
        _build_certificate_listener(certificate, settings, authorities),
        build_http_server(build_management_app(checks, metrics), host=settings.host, port=settings.management_port),
    ]


def build_companions(services: Services, authorities: KnownAuthorities, metrics: Metrics) -> list[Companion]:
    """Return the workers for mail, logouts and foreign revocation, the purge of what is over, and the watch over new authorities."""
    settings = services.settings
    mail = MailWorker(
        services.database,
        services.cipher,
        services.clock,
        SMTPTransport(settings.smtp_url, settings.mail_from),
        build_mail_recorder(services.clock),
    )
    return [
        mail,
        LogoutWorker(services, metrics.count_logout),
        ForeignRevocationWorker(services, metrics.count_revocation),
        Periodic("waiting logouts", partial(measure_waiting, services, metrics), MEASURE_SECONDS),
        Periodic("sweep", partial(sweep, services), PURGE_SECONDS),
        Periodic("master key", services.cipher.refresh, MASTER_KEY_SECONDS),
        Periodic("authorities", authorities.refresh, AUTHORITIES_SECONDS),
    ]


def run_in_loop(servers: Sequence[BoundServer], companions: Sequence[Companion], on_ready: Callable[[], None]) -> None:
    """Run *servers* in an event loop of their own, uvloop's where there is one; *companions* start with them."""

    def begin() -> None:
        for companion in companions:
            companion.start()
        on_ready()

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve_together(servers, on_ready=begin))


def _build_certificate_listener(app: Observed, settings: Settings, authorities: KnownAuthorities) -> BoundServer:
    host, port = settings.host, settings.certificate_port
    certificate_file, key_file = settings.certificate_tls_certificate_file, settings.certificate_tls_key_file
    if settings.client_certificate_source != "tls" or certificate_file is None or key_file is None:
        return build_http_server(app, host=host, port=port)
    return build_certificate_server(
        app,
        host=host,
        port=port,
        certificate_file=certificate_file,
        key_file=key_file,
        ca_names=authorities,
        minimum_version=_TLS_VERSIONS[settings.certificate_tls_minimum],
        open_host=_find_open_host(settings),
    )


def _find_open_host(settings: Settings) -> str | None:
    """Return the name at which applications alone show certificates; None where people's browsers come to it too."""
    apart = settings.mutual_tls_url != settings.certificate_url
    return urlsplit(settings.mutual_tls_url).hostname if apart else None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
