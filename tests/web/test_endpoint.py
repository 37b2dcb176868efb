"""The one way through: damaged, endless and broken-off requests."""

import asyncio
import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.web import endpoint
from tests.provider import Provider, run_provider

PROTOCOL = "/realms/demo/protocol/openid-connect"


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    with run_provider(database_url, tmp_path) as running:
        yield running


@pytest.mark.every_database
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/realms/de%00mo/login/password", 404),
        ("/realms/%00/.well-known/openid-configuration", 404),
        (f"/realms/{'a' * 5000}/login/password", 404),
        ("/realms/demo/account/certificates/%00/revoke", 400),
        (f"{PROTOCOL}/auth?client_id=%01&redirect_uri=x", 400),
        (f"{PROTOCOL}/auth?client_id={'a' * 5000}&redirect_uri=x", 400),
    ],
)
def test_names_that_nothing_can_have_are_answered(provider: Provider, path: str, status: int) -> None:
    """What a database cannot even compare is as unknown as anything else."""
    assert provider.browser().client.get(path).status_code == status


@pytest.mark.every_database
@pytest.mark.parametrize("client_id", ["\0", 5, ["app"], {"a": 1}, None, "a" * 5000])
def test_a_token_that_names_no_possible_client_is_refused(provider: Provider, client_id: Any) -> None:
    """Before the signature is looked at, the origin's client is; whatever stands there does no harm."""
    payload = base64.urlsafe_b64encode(json.dumps({"client_id": client_id}).encode()).decode().rstrip("=")
    headers = {"authorization": f"Bearer e30.{payload}.x", "origin": "http://localhost:3000"}
    response = provider.browser().client.get(f"{PROTOCOL}/userinfo", headers=headers)
    assert response.status_code == 401


def call(provider: Provider, receive: Any) -> list[dict[str, Any]]:
    """Post a form to the token endpoint whose body comes from *receive*; return what was sent."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/realms/demo/login/password",
        "raw_path": b"/realms/demo/login/password",
        "query_string": b"",
        "headers": [(b"host", b"localhost:8080"), (b"content-type", b"application/x-www-form-urlencoded")],
        "scheme": "http",
        "server": ("localhost", 8080),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
        "root_path": "",
    }
    asyncio.run(provider.app(scope, receive, send))
    return sent


def test_a_body_without_end_is_given_up(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that never finishes its form holds its place for a limited time."""
    monkeypatch.setattr(endpoint, "BODY_SECONDS", 0.05)

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    assert call(provider, receive)[0]["status"] == 408


def test_a_client_that_hangs_up_is_no_error(provider: Provider) -> None:
    """Whoever breaks off causes no traceback in the log."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    call(provider, receive)


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [("https://login.example.org", True), ("https://localhost:8080", False), ("http://localhost:8080", False)],
)
def test_browsers_are_told_to_stay_with_https(
    database_url: str, tmp_path: Path, public_url: str, expected: bool
) -> None:
    """On https (RFC 6797 section 7.2), and never for a loopback name, which other programs of the machine share."""
    with run_provider(database_url, tmp_path, public_url=public_url) as provider:
        for realm in ("demo", "nowhere"):
            response = provider.browser().client.get(f"/realms/{realm}/login/password")
            assert ("strict-transport-security" in response.headers) is expected
