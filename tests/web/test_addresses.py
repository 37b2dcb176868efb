"""Whose request it is, whatever the headers say."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from idp.models import Event
from idp.web.addresses import client_address
from tests.provider import PUBLIC, run_provider

TRUSTED = (ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"),
    ],
)
def test_the_nearest_stranger_is_the_client(peer: str, forwarded: str, expected: str) -> None:
    """Read from the right, and only as far as those who wrote it are trusted."""
    assert client_address({"client": (peer, 1)}, forwarded, TRUSTED) == expected


@pytest.mark.parametrize(
    ("trusted", "expected"), [("10.0.0.0/8", "203.0.113.9"), ("192.0.2.0/24", "10.0.0.1"), (None, "10.0.0.1")]
)
def test_a_header_line_of_the_client_does_not_hide_the_proxys(
    database_url: str, tmp_path: Path, trusted: str | None, expected: str
) -> None:
    """A proxy that appends a line of its own, as HAProxy does, leaves the client's in front of it."""
    with run_provider(database_url, tmp_path, **({"trusted_proxies": trusted} if trusted else {})) as provider:
        client = TestClient(provider.app, base_url=PUBLIC, client=("10.0.0.1", 1))
        lines = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.9")]
        client.get("/realms/demo/login/reset-password?token=x", headers=lines)
        with provider.services.database.transaction() as session:
            assert session.query(Event).one().address == expected
