"""Addresses that clients name: fetched with care, never by the browser, or not at all."""

import json

import pytest

from tests.oidc.provider import CALLBACK
from tests.oidc.registration.conftest import Registry

SECTOR = "https://sector.example/redirect-uris.json"
OTHER = "https://other.example/cb"


def test_sector_identifier_is_accepted(registry: Registry) -> None:
    """oidcc-registration-sector-uri; OpenID Registration section 5."""
    registry.web.documents[SECTOR] = json.dumps([CALLBACK, OTHER, "https://third.example/"]).encode()
    told = registry.get_client(subject_type="pairwise", sector_identifier_uri=SECTOR, redirect_uris=[CALLBACK, OTHER])

    assert (told["sector_identifier_uri"], told["subject_type"]) == (SECTOR, "pairwise")
    assert registry.web.fetched == [SECTOR]


@pytest.mark.parametrize(
    "document",
    [b'["https://other.example/cb"]', b"[]", b"{}", b'"' + CALLBACK.encode() + b'"', b"null", b"", b"\xff", b"[" * 60_000,
     b"[" + b"1" * 5000 + b"]", json.dumps([CALLBACK + "/"]).encode(), json.dumps([[CALLBACK]]).encode(), None],
)  # fmt: skip
def test_sector_identifier_that_does_not_name_the_redirect_uris_is_refused(
    registry: Registry, document: bytes | None
) -> None:
    """oidcc-registration-sector-bad; also with public subjects (section 5: whenever it is sent)."""
    if document is not None:
        registry.web.documents[SECTOR] = document
    response = registry.register(sector_identifier_uri=SECTOR)

    assert (response.status_code, response.json()["error"]) == (400, "invalid_client_metadata")


def test_sector_identifier_is_looked_at_again_with_each_change(registry: Registry) -> None:
    """Or a client could move into another sector afterwards."""
    registry.web.documents[SECTOR] = json.dumps([CALLBACK]).encode()
    told = registry.get_client(subject_type="pairwise", sector_identifier_uri=SECTOR)
    moved = registry.replace(told, subject_type="pairwise", sector_identifier_uri=SECTOR, redirect_uris=[OTHER])

    assert moved.status_code == 400


@pytest.mark.parametrize(
    "uri",
    ["http://10.0.0.1/", "http://app.example/x", "https://idp.example/realms/demo", "https://x.cert.example/",
     "https://app.example:0/", "https://user@app.example/", "https://app.example\\@evil.example/",
     "file:///etc/passwd", "gopher://app.example/", "https://app_example..example/"],
)  # fmt: skip
@pytest.mark.parametrize("member", ["jwks_uri", "sector_identifier_uri", "backchannel_logout_uri", "request_uris"])
def test_address_that_is_not_fetched_is_refused(registry: Registry, member: str, uri: str) -> None:
    """RFC 9700 section 4.11 and server-side request forgery: said at once, and nothing is fetched."""
    response = registry.register(**{member: [uri] if member == "request_uris" else uri})

    assert (response.status_code, response.json()["error"]) == (400, "invalid_client_metadata")
    assert registry.web.fetched == []


def test_stranger_without_a_token_has_nothing_fetched(registry: Registry) -> None:
    """Who may not register cannot make the server ask anybody."""
    registry.provider.change_realm(client_registration="token")
    registry.web.documents[SECTOR] = json.dumps([CALLBACK]).encode()

    assert registry.register(sector_identifier_uri=SECTOR).status_code == 401
    assert registry.register("x" * 43, sector_identifier_uri=SECTOR).status_code == 401
    assert registry.web.fetched == []


@pytest.mark.parametrize("member", ["logo_uri", "policy_uri", "tos_uri", "client_uri"])
def test_pages_are_links_and_nothing_fetches_them(registry: Registry, member: str) -> None:
    """oidcc-registration-logo-uri, -policy-uri, -tos-uri: kept, told, and never loaded by anybody but who follows them."""
    uri = f"https://app.example/{member}.png?size=1#top"
    told = registry.get_client(**{member: uri})

    assert told[member] == uri
    assert registry.web.fetched == []


def test_key_set_by_reference_is_registered_unread(registry: Registry) -> None:
    """oidcc-registration-jwks-uri: it is fetched when a key is needed."""
    told = registry.get_client(token_endpoint_auth_method="private_key_jwt", jwks_uri="https://app.example/jwks.json")

    assert told["jwks_uri"] == "https://app.example/jwks.json"
    assert registry.web.fetched == []


def test_request_uri_may_have_a_digest(registry: Registry) -> None:
    """OpenID Connect Core section 6.2: in its fragment."""
    uri = "https://app.example/request.jwt#GkurKxf5T0Y-mnPFCHqWOMiZi4VS138cQO_V7PZHAdM"
    assert registry.get_client(request_uris=[uri])["request_uris"] == [uri]
    assert registry.register(request_uris=["https://app.example/r#a b"]).status_code == 400
