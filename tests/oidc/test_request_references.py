"""Request objects by reference (RFC 9101 section 5.2, OpenID Connect Core section 6.2), fetched from a real web server."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from idp.fetching.fetcher import Fetcher
from tests.oidc.provider import CALLBACK, Provider, answer_of
from tests.oidc.request_jwt import INSIDE, add_signing_client, is_page, leave_unsigned, sign
from tests.web_server import Reply, WebServer, web_server

_PATHS = ("/good", "/unsigned", "/large", "/moved", "/error", "/html", "/hashed")


@pytest.fixture
def web() -> Iterator[WebServer]:
    """The client's web server."""
    with web_server({"/good": Reply(sign(INSIDE).encode(), content_type="application/oauth-authz-req+jwt")}) as web:
        yield web


@pytest.fixture
def published(signed_in: Provider, web: WebServer) -> Provider:
    """The provider, which may fetch from that server by name, and a client that has registered addresses there."""
    services = signed_in.services
    settings = services.settings.model_copy(update={"fetch_allowed_hosts": (web.authority,)})
    signed_in.app.state.services = replace(services, fetcher=Fetcher(settings))
    uris = [*(web.url(path) for path in _PATHS), "https://10.0.0.1/request"]
    add_signing_client(signed_in, request_uris=uris)
    return signed_in


def send(provider: Provider, reference: str, **outside: Any) -> Any:
    """Send the reference beside client_id."""
    query = {"client_id": "jar", "request_uri": reference, **outside}
    return provider.http.get(provider.path("auth"), params=query, headers={"cookie": provider.cookie})


def digest(content: bytes) -> str:
    """Return the fragment that OpenID Connect Core section 6.2 describes."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def test_request_is_fetched_from_the_registered_address(published: Provider, web: WebServer) -> None:
    """oidcc-request-uri-signed-rs256; nothing is kept, so that the next request sees what is there then."""
    for _ in range(2):
        assert answer_of(send(published, web.url("/good")))["state"] == "inside"
    assert [(asked.method, asked.path) for asked in web.asked] == [("GET", "/good")] * 2
    assert web.asked[0].headers["accept"].startswith("application/oauth-authz-req+jwt")
    assert "cookie" not in web.asked[0].headers


def test_unsigned_request_is_fetched_for_a_client_that_is_registered_so(published: Provider, web: WebServer) -> None:
    """oidcc-request-uri-unsigned; with no address registered the client hears that this is not supported."""
    web.replies["/unsigned"] = Reply(leave_unsigned({**INSIDE, "client_id": "bare"}).encode())
    uri = web.url("/unsigned")
    add_signing_client(published, "bare", request_object_signing_alg="none", request_uris=[uri])
    assert answer_of(send(published, uri, client_id="bare"))["state"] == "inside"
    answer = answer_of(send(published, uri, client_id="app", redirect_uri=CALLBACK))
    assert answer["error"] == "request_uri_not_supported"


def test_hash_in_the_fragment_is_compared(published: Provider, web: WebServer) -> None:
    """OpenID Connect Core section 6.2."""
    content = sign(INSIDE).encode()
    web.replies["/good"] = Reply(content)
    assert "code" in answer_of(send(published, f"{web.url('/good')}#{digest(content)}"))
    wrong = send(published, f"{web.url('/good')}#{digest(content + b' ')}", redirect_uri=CALLBACK)
    assert answer_of(wrong)["error"] == "invalid_request_uri"
    # Any other fragment is the client's own matter, such as a version.
    assert "code" in answer_of(send(published, f"{web.url('/good')}#2"))


def test_address_registered_with_a_fragment_is_compared_with_it(published: Provider, web: WebServer) -> None:
    """Exactly as registered."""
    content = sign({**INSIDE, "client_id": "pinned"}).encode()
    web.replies["/good"] = Reply(content)
    pinned = f"{web.url('/good')}#{digest(content)}"
    add_signing_client(published, "pinned", request_uris=[pinned])
    assert "code" in answer_of(send(published, pinned, client_id="pinned"))
    for other in (web.url("/good"), f"{web.url('/good')}#x"):
        assert is_page(send(published, other, client_id="pinned")), other


@pytest.mark.parametrize(
    "change",
    [
        lambda uri: uri + "?a=b",
        lambda uri: uri + "/",
        lambda uri: uri + "/../good",
        lambda uri: uri.replace("good", "Good"),
        lambda uri: uri.replace("good", "g%6fod"),
        lambda uri: uri.replace("localhost", "LOCALHOST"),
        lambda uri: uri.replace("localhost", "127.0.0.1"),
        lambda uri: uri.replace("localhost", "evil@localhost"),
        lambda uri: uri.replace("http://", "https://"),
        lambda uri: "file:///etc/passwd",
        lambda uri: "https://evil.example/request",
        lambda uri: "x" * 5000,
        lambda uri: "\u0000",
        lambda uri: "urn:ietf:params:oauth:request_uri",
    ],
)
def test_unregistered_address_is_never_fetched(published: Provider, web: WebServer, change: Any) -> None:
    """RFC 9101 section 10.4.1: nobody can have the provider fetch whatever they like."""
    response = send(published, change(web.url("/good")))
    assert is_page(response)
    assert web.asked == []


def test_address_that_leads_inside_is_refused(published: Provider) -> None:
    """RFC 9101 section 10.4, server-side request forgery: registered or not."""
    answer = answer_of(send(published, "https://10.0.0.1/request", redirect_uri=CALLBACK))
    assert answer["error"] == "invalid_request_uri"


@pytest.mark.parametrize(
    ("path", "reply", "error"),
    [
        ("/error", Reply(status=500), "invalid_request_uri"),
        ("/moved", Reply(status=302, headers={"Location": "/good"}), "invalid_request_uri"),
        ("/large", Reply(b"x" * 20_000), "invalid_request_uri"),
        ("/unsigned", Reply(leave_unsigned(INSIDE).encode()), "request_not_supported"),
        ("/html", Reply(b"<html>\xff\xfe"), "invalid_request_object"),
        ("/html", Reply(b""), "invalid_request_object"),
    ],
)
def test_useless_answer_is_an_error(published: Provider, web: WebServer, path: str, reply: Reply, error: str) -> None:
    """RFC 9101 section 7; no redirect is followed."""
    web.replies[path] = reply
    answer = answer_of(send(published, web.url(path), redirect_uri=CALLBACK))
    assert answer["error"] == error
    assert is_page(send(published, web.url(path)))


def test_server_that_is_away_is_an_error(published: Provider, web: WebServer) -> None:
    """It is told to the client; nothing about the network is."""
    with web_server() as gone:
        pass
    add_signing_client(published, "away", request_uris=[gone.url("/good")])
    services = published.app.state.services
    settings = services.settings.model_copy(update={"fetch_allowed_hosts": (gone.authority,)})
    published.app.state.services = replace(services, fetcher=Fetcher(settings))
    answer = answer_of(send(published, gone.url("/good"), client_id="away", redirect_uri=CALLBACK))
    assert answer["error"] == "invalid_request_uri"
    assert "localhost" not in answer["error_description"]


def test_reference_may_not_stand_beside_an_object(published: Provider, web: WebServer) -> None:
    """RFC 9101 section 5."""
    response = send(published, web.url("/good"), request=sign(INSIDE), redirect_uri=CALLBACK)
    assert answer_of(response)["error"] == "invalid_request"
    assert web.asked == []
