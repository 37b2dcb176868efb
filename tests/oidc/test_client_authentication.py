"""Client authentication at the token endpoint."""

import base64
from typing import Any

import pytest

from idp.oidc.guess_brake import MAX_FAILURES
from tests.oidc.provider import SECRET, Provider, basic

FORM = {"grant_type": "client_credentials"}


@pytest.fixture
def service(provider: Provider) -> Provider:
    """The provider with a confidential client `service`."""
    provider.add_client("service", grant_types=["client_credentials"])
    return provider


def post(provider: Provider, headers: dict[str, str] | None = None, **form: Any) -> Any:
    return provider.http.post(provider.path("token"), data={**FORM, **form}, headers=headers)


def raw_basic(text: bytes) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(text).decode()}


def test_secret_by_header_or_form(service: Provider) -> None:
    """RFC 6749 section 2.3.1: form-urlencoded in the header, plain in the form; client_id may be repeated."""
    assert post(service, basic("service", SECRET)).status_code == 200
    assert post(service, basic("service", SECRET), client_id="service").status_code == 200
    assert post(service, client_id="service", client_secret=SECRET).status_code == 200


@pytest.mark.parametrize(
    ("headers", "form"),
    [
        ({}, {}),
        ({}, {"client_id": "service"}),
        ({}, {"client_id": "service", "client_secret": "wrong"}),
        ({}, {"client_id": "nobody", "client_secret": SECRET}),
        ({}, {"client_id": "spa", "client_secret": "None"}),
        ({}, {"client_id": "spa"}),
        ({}, {"client_id": "ü", "client_secret": "x"}),
        (basic("service", "wrong"), {}),
        (basic("service", ""), {}),
        (basic("nobody", SECRET), {}),
        (basic("spa", ""), {}),
        (basic("ser\x00vice", SECRET), {}),
        (raw_basic(b"service"), {}),
        (raw_basic(b"\xff\xfe:x"), {}),
        (raw_basic(b":"), {}),
        ({"authorization": "Basic %%%"}, {}),
        ({"authorization": "Basic"}, {}),
        ({"authorization": "Bearer x"}, {}),
        (basic("service", SECRET + "x"), {}),
    ],
)
def test_wrong_credentials_are_refused_alike(service: Provider, headers: dict[str, str], form: dict[str, str]) -> None:
    """401 with a challenge (RFC 6749 section 5.2), and not a word about which part was wrong."""
    response = post(service, headers, **form)
    assert response.status_code == 401
    assert response.json() == {"error": "invalid_client", "error_description": "Client authentication failed."}
    assert response.headers["www-authenticate"].startswith('Basic realm="')


def test_two_methods_at_once_are_refused(service: Provider) -> None:
    """RFC 6749 section 2.3: one method in a request."""
    for form in ({"client_secret": SECRET}, {"client_id": "service", "client_secret": SECRET}, {"client_id": "app"}):
        response = post(service, basic("service", SECRET), **form)
        assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


def test_secret_in_the_query_does_not_count(service: Provider) -> None:
    """RFC 6749 section 2.3.1: never in the address."""
    response = service.http.post(
        service.path("token"), params={"client_id": "service", "client_secret": SECRET}, data=FORM
    )
    assert response.status_code == 401


def test_failures_are_events(service: Provider) -> None:
    """With who was meant, and nothing secret."""
    post(service, basic("service", "guess"))
    (event,) = service.events("client:authentication:failure")
    assert (event.client_id, event.details) == (
        "service",
        {"method": "client_secret_basic", "reason": "wrong secret"},
    )


def test_guessing_is_braked_per_client_and_address(service: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """After twenty failures in a minute not even the right secret is heard from there, for a minute."""
    now = 1000.0
    monkeypatch.setattr("idp.oidc.guess_brake.time.monotonic", lambda: now)
    for _ in range(MAX_FAILURES):
        assert post(service, basic("service", "guess")).status_code == 401
    response = post(service, basic("service", SECRET))
    assert (response.status_code, response.headers["retry-after"]) == (429, "60")
    assert post(service, basic("app", SECRET), grant_type="refresh_token").status_code == 400
    now += 60
    assert post(service, basic("service", SECRET)).status_code == 200
