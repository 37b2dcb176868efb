"""The management port: health by part, and metrics."""

import threading
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from idp.serving import management
from idp.serving.management import build_management_app
from idp.serving.metrics import Metrics


def good() -> None:
    """Work."""


def bad() -> None:
    """Fail, with a secret in the reason."""
    raise OSError("postgresql://idp:s3cret@db is away")


def open_port(**checks: Callable[[], None]) -> TestClient:
    """Return a client of a management port with these checks."""
    return TestClient(build_management_app(checks, Metrics()))


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
def test_ready_names_every_part(path: str) -> None:
    """In the shape that Keycloak's probes have."""
    answer = open_port(database=good, store=good).get(path)
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "UP",
        "checks": [{"name": "database", "status": "UP"}, {"name": "store", "status": "UP"}],
    }


def test_missing_part_is_named_and_its_reason_kept_back() -> None:
    """503 for the load balancer; the reason stands in the log."""
    answer = open_port(database=bad, store=good).get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "DOWN",
        "checks": [{"name": "database", "status": "DOWN"}, {"name": "store", "status": "UP"}],
    }


def test_part_that_hangs_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe has to be answered in time."""
    monkeypatch.setattr(management, "CHECK_SECONDS", 0.05)
    release = threading.Event()
    answer = open_port(database=lambda: release.wait(10) and None).get("/health/ready")
    release.set()
    assert answer.status_code == 503


@pytest.mark.parametrize("path", ["/health/live", "/health/started"])
def test_live_does_not_depend_on_anything(path: str) -> None:
    """A restart would not bring a database back."""
    assert open_port(database=bad).get(path).json() == {"status": "UP", "checks": []}


def test_metrics_are_text_for_prometheus() -> None:
    """With what the process itself is like."""
    answer = open_port().get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "process_cpu_seconds_total" in answer.text
