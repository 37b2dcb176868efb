"""The demo's TLS: a root for localhost alone, and a server certificate that is renewed in time."""

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from idp.demo.tls import TLSFiles, ensure_root, ensure_server_certificate, read_root

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


@pytest.fixture
def files(tmp_path: Path) -> TLSFiles:
    """Where the files will be."""
    return TLSFiles(tmp_path / "tls")


def verify(root: x509.Certificate, server: x509.Certificate, name: x509.DNSName | x509.IPAddress) -> None:
    """Validate as a browser would; raise `VerificationError`."""
    PolicyBuilder().store(Store([root])).time(NOW).build_server_verifier(name).verify(server, [])


@pytest.mark.parametrize("name", ["cert.localhost", "k3j2h1.cert.localhost"])
def test_server_certificate_is_good_for_the_certificate_host(files: TLSFiles, name: str) -> None:
    """The host itself and any label below it."""
    server = ensure_server_certificate(files, NOW)
    root = read_root(files)
    assert root is not None
    verify(root, server, x509.DNSName(name))


def test_server_certificate_is_for_no_other_host(files: TLSFiles) -> None:
    """Not two labels deep, not the provider itself."""
    server, root = ensure_server_certificate(files, NOW), ensure_root(files, NOW)
    for name in ("localhost", "a.b.cert.localhost", "example.org"):
        with pytest.raises(VerificationError):
            verify(root, server, x509.DNSName(name))


def test_root_may_speak_for_localhost_alone(files: TLSFiles) -> None:
    """Whoever steals its key from a laptop can imitate nothing but that laptop's own names."""
    root = ensure_root(files, NOW)
    constraints = root.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert constraints.value.permitted_subtrees == [x509.DNSName("localhost")]
    excluded = constraints.value.excluded_subtrees or []
    assert {network.value for network in excluded} == {
        ipaddress.ip_network("0.0.0.0/0"),
        ipaddress.ip_network("::/0"),
    }
    basic = root.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, 0)


def test_server_certificate_lives_as_long_as_browsers_accept(files: TLSFiles) -> None:
    """Below 398 days, for TLS servers alone."""
    server = ensure_server_certificate(files, NOW)
    assert server.not_valid_after_utc - server.not_valid_before_utc == timedelta(days=397)
    usage = server.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_certificates_stay_from_start_to_start(files: TLSFiles) -> None:
    """A browser that trusts the root goes on doing so."""
    first = ensure_server_certificate(files, NOW), read_root(files)
    second = ensure_server_certificate(files, NOW + timedelta(days=300)), read_root(files)
    assert first == second


def test_server_certificate_is_renewed_before_its_end(files: TLSFiles) -> None:
    """In its last thirty days, under the same root."""
    first, root = ensure_server_certificate(files, NOW), read_root(files)
    second = ensure_server_certificate(files, NOW + timedelta(days=370))
    assert second != first
    assert read_root(files) == root


def test_new_root_brings_a_new_server_certificate(files: TLSFiles) -> None:
    """Near its end the root is replaced, and the old server certificate does not chain to it."""
    first, root = ensure_server_certificate(files, NOW), read_root(files)
    later = NOW + timedelta(days=3400)
    second = ensure_server_certificate(files, later)
    assert read_root(files) != root
    assert second != first


@pytest.mark.parametrize("damage", ["root.key", "root.pem", "server.key", "server.pem"])
def test_damaged_file_is_made_anew(files: TLSFiles, damage: str) -> None:
    """A start that was broken off, or a curious hand, does not keep the demo from starting."""
    ensure_server_certificate(files, NOW)
    (files.directory / damage).write_text("garbage")
    server, root = ensure_server_certificate(files, NOW), read_root(files)
    assert root is not None
    verify(root, server, x509.DNSName("cert.localhost"))


def test_private_keys_are_for_their_owner_alone(files: TLSFiles) -> None:
    """Mode 0600."""
    ensure_server_certificate(files, NOW)
    for file in (files.root_key, files.server_key):
        assert file.stat().st_mode & 0o777 == 0o600
