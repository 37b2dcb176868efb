"""Requests are counted by route, not by address."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from idp.serving.metrics import Metrics, Observed


async def greet(_request: Request) -> Response:
    """Answer."""
    return PlainTextResponse("hello")


async def fail(_request: Request) -> Response:
    """Break."""
    raise RuntimeError("broken")


@pytest.fixture
def metrics() -> Metrics:
    """Counters at zero."""
    return Metrics()


@pytest.fixture
def client(metrics: Metrics) -> TestClient:
    """A client of an application that is observed."""
    app = Starlette(routes=[Route("/realms/{realm}/hello", greet), Route("/fail", fail)])
    return TestClient(Observed(app, metrics, "public"), raise_server_exceptions=False)


def read(metrics: Metrics, method: str, route: str, status: str) -> float | None:
    """Return one counter."""
    labels = {"listener": "public", "method": method, "route": route, "status": status}
    return metrics.registry.get_sample_value("idp_http_requests_total", labels)


def test_requests_of_one_route_are_one_series(client: TestClient, metrics: Metrics) -> None:
    """Whatever realm they name."""
    for realm in ("a", "b", "c"):
        client.get(f"/realms/{realm}/hello")
    assert read(metrics, "GET", "/realms/{realm}/hello", "200") == 3
    labels = {"listener": "public", "route": "/realms/{realm}/hello"}
    assert metrics.registry.get_sample_value("idp_http_request_duration_seconds_count", labels) == 3


def test_strangers_cannot_make_up_series(client: TestClient, metrics: Metrics) -> None:
    """Unknown addresses and methods share one each."""
    for path in ("/x", "/y", "/wp-login.php"):
        client.get(path)
    client.request("BREW", "/x")
    assert read(metrics, "GET", "unmatched", "404") == 3
    assert read(metrics, "other", "unmatched", "404") == 1


def test_failure_counts_as_500(client: TestClient, metrics: Metrics) -> None:
    """Also when the exception goes on to the server."""
    client.get("/fail")
    assert read(metrics, "GET", "/fail", "500") == 1


def test_each_process_has_its_own_registry(client: TestClient) -> None:
    """Two applications in one process do not collide."""
    assert Metrics().registry.get_sample_value("idp_http_requests_total") is None
