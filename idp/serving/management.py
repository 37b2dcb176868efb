"""The management port: health for orchestrators and metrics for Prometheus; never for the public.

Health has the shape that Keycloak and MicroProfile Health 4.0 give it: ``status`` UP or DOWN, and ``checks`` that say which
part it is.
"""

from collections.abc import Callable, Mapping
from functools import partial

import anyio
import structlog
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.serving.metrics import Metrics

CHECK_SECONDS = 2.0
Checks = Mapping[str, Callable[[], None]]
log = structlog.get_logger()


def build_management_app(checks: Checks, metrics: Metrics) -> Starlette:
    """Return the application of the management port.

    *checks* are by name what has to work for requests to be answered; each raises when it does not.
    """
    return Starlette(
        routes=[
            Route("/health", partial(_ready, checks)),
            Route("/health/started", _up),
            Route("/health/live", _up),
            Route("/health/ready", partial(_ready, checks)),
            Route("/metrics", partial(_metrics, metrics)),
        ]
    )


async def _up(_request: Request) -> Response:
    return _answer({})


async def _ready(checks: Checks, _request: Request) -> Response:
    results: dict[str, bool] = {}
    async with anyio.create_task_group() as tasks:
        for name, check in checks.items():
            tasks.start_soon(_run, name, check, results)
    return _answer({name: results[name] for name in checks})


async def _run(name: str, check: Callable[[], None], results: dict[str, bool]) -> None:
    results[name] = False
    try:
        with anyio.fail_after(CHECK_SECONDS):
            await run_sync(check, abandon_on_cancel=True)
    except Exception as error:
        log.warning("not ready", part=name, error=repr(error))
        return
    results[name] = True


async def _metrics(metrics: Metrics, _request: Request) -> Response:
    text, media_type = metrics.render()
    return Response(text, headers={"content-type": media_type})


def _answer(results: Mapping[str, bool]) -> Response:
    checks = [{"name": name, "status": "UP" if good else "DOWN"} for name, good in results.items()]
    good = all(results.values())
    return JSONResponse(
        {"status": "UP" if good else "DOWN", "checks": checks},
        200 if good else 503,
        headers={"cache-control": "no-store"},
    )
