"""Settings for proxies that are unsafe together: nothing starts, and each line says what to do."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from idp.errors import ConfigurationError
from idp.serving.listener import build_http_server
from idp.serving.preflight import verify_all
from idp.serving.proxy_trust import verify_proxy_trust
from idp.settings import read_settings
from tests.serving.clients import read_to_end
from tests.serving.running import PATIENCE, report_client, running

SECRET = "0123456789abcdef0123456789abcdef"


def problems_of(**values: Any) -> tuple[str, ...]:
    """Return what is told about these settings."""
    try:
        verify_proxy_trust(read_settings(environ={}, **values))
    except ConfigurationError as error:
        return error.problems
    return ()


@pytest.mark.parametrize(
    "networks",
    ["10.1.2.3", "10.0.0.0/24", "fd00:1::/64", "198.51.100.7", "192.0.2.0/24", "127.0.0.0/8", "::1", "2001:db8::7"],
)
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "127.0.0.1", ""])
def test_named_proxies_are_safe_wherever_the_port_listens(networks: str, host: str) -> None:
    """They, and nobody else, are believed."""
    assert problems_of(client_certificate_source="nginx", trusted_proxies=networks, host=host or "0.0.0.0") == ()


@pytest.mark.parametrize("network", ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fd00::/8"])
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7"])
def test_a_large_network_that_reaches_the_port_is_refused(network: str, host: str) -> None:
    """Whoever has any machine in it could show anybody's certificate."""
    values = {"client_certificate_source": "envoy", "trusted_proxies": network, "host": host}

    (problem,) = problems_of(**values)

    assert problem.startswith(f"trusted_proxies: every machine of {network}")
    assert "name the proxies alone" in problem
    assert "trusted_proxy_secret" in problem
    assert problems_of(**values, trusted_proxy_secret=SECRET) == ()
    assert problems_of(**{**values, "client_certificate_source": "tls"}) == ()


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_large_network_cannot_reach_a_loopback_port(host: str) -> None:
    """Only this machine's own proxy does."""
    assert problems_of(client_certificate_source="envoy", trusted_proxies="10.0.0.0/8", host=host) == ()


@pytest.mark.parametrize(
    "network", ["0.0.0.0/1", "128.0.0.0/1", "8.0.0.0/8", "2000::/3", "2600::/12", "0.0.0.0/4", "::/1"]
)
@pytest.mark.parametrize("source", ["tls", "rfc9440"])
def test_a_whole_public_network_is_refused(network: str, source: str) -> None:
    """Two halves of everybody are everybody; a secret does not make their X-Forwarded-For true."""
    secret = {} if source == "tls" else {"trusted_proxy_secret": SECRET}

    (problem,) = problems_of(client_certificate_source=source, trusted_proxies=network, **secret)

    assert problem.startswith(f"trusted_proxies: {network} is a whole public network")
    assert "name the addresses" in problem


@pytest.mark.parametrize(("source", "told"), [("tls", 0), ("rfc9440", 1)])
def test_a_content_delivery_networks_range_may_say_addresses_but_not_certificates(source: str, told: int) -> None:
    """All its customers connect from there."""
    assert len(problems_of(client_certificate_source=source, trusted_proxies="104.16.0.0/13")) == told


@pytest.mark.parametrize("name", ["certificate_tls_certificate_file", "certificate_tls_key_file"])
def test_files_for_tls_at_a_plain_port_are_refused(name: str) -> None:
    """Whoever set them believes that the port ends TLS."""
    (problem,) = problems_of(client_certificate_source="nginx", trusted_proxies="10.0.0.1", **{name: "server.pem"})

    assert problem.startswith(f"{name}: the certificate port speaks plain HTTP")


def test_secret_that_nobody_asks_for_is_refused() -> None:
    """Whoever set it believes that a proxy's header is read."""
    (problem,) = problems_of(trusted_proxy_secret=SECRET)

    assert problem.startswith("trusted_proxy_secret: no header is read")


@pytest.mark.parametrize("secret", ["short", "x" * 31, "x" * 40 + " y", "ä" * 40, "x" * 32 + "\n"])
def test_secret_that_is_weak_or_does_not_fit_a_header_is_refused(secret: str) -> None:
    """And is not shown."""
    with pytest.raises(ConfigurationError, match="trusted_proxy_secret") as caught:
        read_settings(environ={}, trusted_proxy_secret=secret)
    assert secret.strip() not in str(caught.value)
    assert SECRET not in repr(read_settings(environ={}, trusted_proxy_secret=SECRET))


def test_everything_unsafe_is_told_together_and_nothing_starts(tmp_path: Path) -> None:
    """With the other problems of the start."""
    settings = read_settings(
        environ={},
        client_certificate_source="nginx",
        trusted_proxies="10.0.0.0/8, 8.0.0.0/8, 10.0.0.1",
        host="0.0.0.0",
        certificate_tls_key_file=tmp_path / "server.key",
        master_key_file=tmp_path / "absent",
        database_url=f"sqlite:///{tmp_path}/absent.sqlite3",
    )

    with pytest.raises(ConfigurationError) as caught:
        verify_all(settings)

    problems = "\n".join(caught.value.problems)
    for told in ("10.0.0.0/8", "8.0.0.0/8", "certificate_tls_key_file", "master key", "idp db upgrade"):
        assert told in problems
    assert "10.0.0.1" not in problems


def test_environment_of_the_server_library_trusts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under other servers FORWARDED_ALLOW_IPS makes X-Forwarded-For the client."""
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    server = build_http_server(report_client, host="127.0.0.1", port=0)
    with running(server), socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as client:
        client.sendall(
            b"GET / HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: 203.0.113.9\r\nx-forwarded-proto: https\r\n"
            b"forwarded: for=203.0.113.9\r\nconnection: close\r\n\r\n"
        )
        report = json.loads(read_to_end(client).partition(b"\r\n\r\n")[2])

    assert report["client"][0] == report["peer"][0] == "127.0.0.1"
