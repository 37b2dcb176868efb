"""The one way through: damaged, endless and broken-off requests."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.errors import PasswordMismatch
from idp.web import bodies
from tests.provider import Forms, Provider, run_provider

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


async def ask(
    provider: Provider, method: str, receive: Any, *, query: str = "", cookie: str = ""
) -> list[dict[str, Any]]:
    """Send a request for the password page, its body from *receive*; return what was answered."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": "/realms/demo/login/password",
        "raw_path": b"/realms/demo/login/password",
        "query_string": query.encode(),
        "headers": [
            (b"host", b"localhost:8080"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"cookie", cookie.encode()),
        ],
        "scheme": "http",
        "server": ("localhost", 8080),
        "client": ("127.0.0.1", 1),
        "http_version": "1.1",
        "root_path": "",
    }
    await provider.app(scope, receive, send)
    return sent


def test_a_body_without_end_is_given_up(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that never finishes its form holds its place for a limited time."""
    monkeypatch.setattr(bodies, "BODY_SECONDS", 0.05)

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    assert asyncio.run(ask(provider, "POST", receive))[0]["status"] == 408


def test_a_client_that_hangs_up_is_no_error(provider: Provider) -> None:
    """Whoever breaks off causes no traceback in the log."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    asyncio.run(ask(provider, "POST", receive))


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


def test_a_flood_of_sign_ins_leaves_room_for_everything_else(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passwords are hashed a few at a time; those that wait must not take all the threads there are."""
    browser = provider.browser()
    browser.get(provider.authorization_url())
    form = Forms(browser.page.html).forms[0]["fields"]
    query = browser.page.url.partition("?")[2]
    cookie = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
    hashing, release = threading.Semaphore(0), threading.Event()

    def hash_for_ever(_password: str, _phc: str | None) -> None:
        hashing.release()
        release.wait(30)
        raise PasswordMismatch("wrong")

    monkeypatch.setattr(provider.services.passwords, "verify", hash_for_ever)

    async def sign_in(number: int) -> int:
        body = urlencode({**form, "username": f"nobody{number}", "password": "wrong"}).encode()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        return int((await ask(provider, "POST", receive, query=query, cookie=cookie))[0]["status"])

    async def flood() -> tuple[int, list[int]]:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        crowd = [asyncio.create_task(sign_in(number)) for number in range(60)]
        await asyncio.to_thread(hashing.acquire, timeout=10)
        try:
            other = ask(provider, "GET", receive, query=query, cookie=cookie)
            answer = await asyncio.wait_for(other, 10)
        finally:
            release.set()
        return answer[0]["status"], await asyncio.gather(*crowd)

    status, statuses = asyncio.run(flood())
    assert status == 200
    assert set(statuses) == {401}
