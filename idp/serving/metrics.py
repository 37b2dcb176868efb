"""Counters of the public and the certificate listener, in a registry of their own, for Prometheus."""

from time import perf_counter
from typing import Any

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
NO_ROUTE = "unmatched"

log = structlog.get_logger()


class Metrics:
    """What is counted. Routes stand as their patterns, so that strangers cannot make up new series."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "idp_http_requests",
            "Requests by listener, method, route and status.",
            ("listener", "method", "route", "status"),
            registry=self.registry,
        )
        self._durations = Histogram(
            "idp_http_request_duration_seconds",
            "Time from the request's head to the response's end.",
            ("listener", "route"),
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self._logouts = Counter(
            "idp_backchannel_logouts",
            "Attempts to tell clients of ended sessions: delivered, failed (to be tried again), given_up.",
            ("outcome",),
            registry=self.registry,
        )
        self._waiting_logouts = Gauge(
            "idp_backchannel_logouts_waiting",
            "Clients that are still to be told of an ended session, by all processes.",
            registry=self.registry,
        )
        self._revocation = Counter(
            "idp_foreign_revocation",
            "Lists and OCSP answers of foreign authorities that were to be had in the background: learnt, failed.",
            ("kind", "outcome"),
            registry=self.registry,
        )
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._counters: dict[tuple[str, str, str, int], tuple[Any, Any]] = {}

    def count(self, listener: str, method: str, route: str, status: int, seconds: float) -> None:
        """Note one finished request."""
        key = (listener, method, route, status)
        known = self._counters.get(key)
        if known is None:
            known = (self._requests.labels(listener, method, route, status), self._durations.labels(listener, route))
            self._counters[key] = known
        known[0].inc()
        known[1].observe(seconds)

    def count_logout(self, outcome: str) -> None:
        """Note what became of one attempt at a back-channel logout."""
        self._logouts.labels(outcome).inc()

    def count_revocation(self, kind: str, outcome: str) -> None:
        """Note what became of one attempt to learn of revocation."""
        self._revocation.labels(kind, outcome).inc()

    def set_waiting_logouts(self, number: int) -> None:
        """Note how many back-channel logouts are waiting."""
        self._waiting_logouts.set(number)

    def render(self) -> tuple[bytes, str]:
        """Return everything as text, and its media type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST


class Observed:
    """The ASGI application *app*, its requests counted under the name *listener*, and logged if *access_log*."""

    def __init__(self, app: ASGIApp, metrics: Metrics, listener: str, *, access_log: bool = False) -> None:
        self._app = app
        self._metrics = metrics
        self._listener = listener
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count it when it is over."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        status = 500

        async def observe(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, observe)
        finally:
            self._note(scope, status, perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.count(self._listener, method, _route(scope), status, seconds)
        if self._access_log:
            log.debug(
                "request",
                listener=self._listener,
                method=method,
                path=scope["path"],  # without the query, where codes and hints stand
                status=status,
                milliseconds=round(seconds * 1000, 1),
            )


def _route(scope: Scope) -> str:
    route = scope.get("route")
    return getattr(route, "path", None) or NO_ROUTE
