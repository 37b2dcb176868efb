"""Which redirect URIs are taken for registered ones, and what comes back to them."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.oidc.provider import CALLBACK, CHALLENGE, Provider

WITH_QUERY = "https://app.example/cb?tenant=1&x=%2F+y"


def authorize(provider: Provider, client_id: str, uri: str | None) -> Any:
    """Ask for a code, or for any answer that is a redirect."""
    return provider.authorize(
        client_id=client_id, redirect_uri=uri, code_challenge=CHALLENGE, code_challenge_method="S256"
    )


@pytest.fixture
def queried(signed_in: Provider) -> Provider:
    """A client whose redirect URI has a query."""
    signed_in.add_client("query", redirect_uris=[WITH_QUERY])
    return signed_in


def test_registered_query_is_kept(queried: Provider) -> None:
    """oidcc-redirect-uri-query-OK; RFC 6749 section 3.1.2: kept to the letter, and added to."""
    location = authorize(queried, "query", WITH_QUERY).headers["location"]

    assert location.startswith(f"{WITH_QUERY}&")
    assert {"tenant", "x", "code", "state", "iss"} <= dict(parse_qsl(urlsplit(location).query)).keys()


def test_fragment_answers_leave_the_query_alone(queried: Provider) -> None:
    """The answer is in the fragment, the query as registered."""
    response = queried.authorize(client_id="query", redirect_uri=WITH_QUERY, response_mode="fragment")
    assert response.headers["location"].startswith(f"{WITH_QUERY}#")


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb?tenant=2&x=%2F+y",  # oidcc-redirect-uri-query-mismatch
        "https://app.example/cb", "https://app.example/cb?", "https://app.example/cb?x=%2F+y&tenant=1",
        "https://app.example/cb?tenant=1&x=%2f+y", "https://app.example/cb?tenant=1&x=/%20y",
        f"{WITH_QUERY}&more=1", f"{WITH_QUERY}#", f"{WITH_QUERY}#x",
    ],
)  # fmt: skip
def test_other_query_is_not_registered(queried: Provider, uri: str) -> None:
    """RFC 9700 section 2.1: character by character; the answer is a page."""
    response = authorize(queried, "query", uri)
    assert (response.status_code, "location" in response.headers) == (400, False)


@pytest.mark.parametrize(
    "uri",
    [
        f"{CALLBACK}?added=1",  # oidcc-redirect-uri-query-added
        f"{CALLBACK}/", f"{CALLBACK}/../callback", f"{CALLBACK}#x", f"{CALLBACK}%00", f" {CALLBACK}", f"{CALLBACK} ",
        "https://APP.example/callback", "HTTPS://app.example/callback", "https://app.example:443/callback",
        "https://app.example/Callback", "https://app.example/%63allback", "https://app.example.evil.example/callback",
        "https://app.example@evil.example/callback", "//app.example/callback", "/callback", "javascript:alert(1)", None,
    ],
)  # fmt: skip
def test_other_address_is_not_registered(signed_in: Provider, uri: str | None) -> None:
    """oidcc-ensure-registered-redirect-uri, oidcc-ensure-redirect-uri-in-authorization-request."""
    response = authorize(signed_in, "app", uri)
    assert (response.status_code, "location" in response.headers) == (400, False)


LOOPBACK = ["http://127.0.0.1/cb", "http://[::1]/cb?x=1", "http://localhost:3000/cb"]


@pytest.fixture
def native(signed_in: Provider) -> Provider:
    """Three clients with loopback redirects: a public one, a native one with a secret, and one on a server."""
    signed_in.add_client("public", secret=None, redirect_uris=LOOPBACK)
    for client_id in ("native", "server"):
        signed_in.add_client(client_id, redirect_uris=LOOPBACK)
    from idp.clients.clients import get_client

    with signed_in.transaction() as session:
        get_client(session, signed_in.realm_id, "native").application_type = "native"
    signed_in.forget()
    return signed_in


@pytest.mark.parametrize("client_id", ["public", "native"])
@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1/cb", "http://127.0.0.1:51004/cb", "http://[::1]:1/cb?x=1", "http://localhost:65535/cb",
     "http://localhost/cb"],
)  # fmt: skip
def test_loopback_port_is_free_for_native_applications(native: Provider, client_id: str, uri: str) -> None:
    """RFC 8252 section 7.3."""
    assert authorize(native, client_id, uri).headers["location"].startswith(uri)


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1:0/cb", "http://127.0.0.1:65536/cb", "http://127.0.0.1:/cb", "http://127.0.0.1:01/cb",
     "http://127.0.0.2:80/cb", "http://[::1]:1/cb", "http://127.0.0.1:51004/cb2", "https://127.0.0.1:51004/cb",
     "http://127.0.0.1:51004@evil.example/cb", "http://127.0.0.1:51004/cb#x", "http://localhost.evil.example:1/cb",
     "http://0.0.0.0:51004/cb", "http://127.1:51004/cb", "http://user@127.0.0.1:51004/cb"],
)  # fmt: skip
def test_nothing_but_the_port_is_free(native: Provider, uri: str) -> None:
    """Scheme, host, path and query are what was registered."""
    assert authorize(native, "public", uri).status_code == 400


def test_loopback_port_of_a_server_is_not_free(native: Provider) -> None:
    """It knows its port."""
    assert authorize(native, "server", "http://127.0.0.1/cb").status_code == 303
    assert authorize(native, "server", "http://127.0.0.1:51004/cb").status_code == 400
