"""Whose word counts for a client certificate, and what counts as one."""

import logging
from ipaddress import ip_network
from typing import Any, get_args

import pytest

from idp.errors import IdpError
from idp.settings import Settings
from idp.web.client_certificate import (
    MAX_CERTIFICATE_SIZE,
    MAX_INTERMEDIATES,
    ClientCertificateSource,
    ClientTLS,
    MalformedClientCertificate,
    PresentedCertificate,
    ResumedSession,
    read_client_certificate,
)
from idp.web.proxy_headers import FORMATS
from tests.certificates import Authority
from tests.web.proxy_headers.samples import SAMPLES

ISSUED = Authority.create().create_intermediate().issue()
PROXIES = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def scope(*, peer: str | None = "10.1.2.3", tls: ClientTLS | None = None) -> dict[str, Any]:
    """Return the part of a scope that matters; `client` is what a forwarded header could make of it."""
    return {"client": ("10.9.9.9", 1), "state": {"peer": (peer, 4711) if peer else None, "tls": tls}}


def client_tls(**changes: Any) -> ClientTLS:
    """Return what TLS learnt of a client with a good certificate."""
    facts: dict[str, Any] = {
        "certificate_der": ISSUED.der,
        "chain_der": ISSUED.chain_der,
        "resumed": False,
        "verify_error": None,
        "tls_version": "TLSv1.3",
    }
    return ClientTLS(**(facts | changes))


def headers(source: str) -> list[tuple[bytes, bytes]]:
    """Return the headers with which *source* presents ISSUED."""
    return SAMPLES[source](ISSUED)


def test_sources_are_those_of_the_settings() -> None:
    """Every source that can be set has a reader, and the other way round."""
    annotation = Settings.model_fields["client_certificate_source"].annotation

    assert get_args(annotation) == get_args(ClientCertificateSource)
    assert set(get_args(annotation)) == {"tls", *FORMATS}


# --- tls --------------------------------------------------------------------------------------------------------------


def test_certificate_of_our_own_tls_is_presented() -> None:
    """Leaf and intermediates, as they were sent."""
    presented = read_client_certificate(scope(tls=client_tls()), [], "tls", ())

    assert presented == PresentedCertificate(ISSUED.der, ISSUED.chain_der, "tls")


@pytest.mark.parametrize("tls", [None, client_tls(certificate_der=None, chain_der=())])
def test_connection_without_a_certificate_presents_none(tls: ClientTLS | None) -> None:
    """Be it for want of a certificate or of TLS."""
    assert read_client_certificate(scope(tls=tls), [], "tls", ()) == PresentedCertificate(None, (), "tls")


@pytest.mark.parametrize("source", FORMATS)
def test_headers_mean_nothing_where_we_end_tls_ourselves(source: str) -> None:
    """Not even from a trusted proxy."""
    presented = read_client_certificate(scope(), headers(source), "tls", PROXIES)

    assert presented.leaf is None


def test_resumed_session_is_refused() -> None:
    """Nobody proved that he has the key."""
    with pytest.raises(ResumedSession):
        read_client_certificate(scope(tls=client_tls(resumed=True)), [], "tls", ())


@pytest.mark.parametrize(
    "tls",
    [
        client_tls(chain_der=(ISSUED.der,) * (MAX_INTERMEDIATES + 1)),
        client_tls(certificate_der=b"\x30\x83\x01\x00\x00" + bytes(MAX_CERTIFICATE_SIZE + 1)),
        client_tls(certificate_der=b"\x00"),
    ],
    ids=["too many", "too large", "no certificate"],
)
def test_absurd_certificate_is_malformed(tls: ClientTLS) -> None:
    """Path validation is spared what no browser sends."""
    with pytest.raises(MalformedClientCertificate):
        read_client_certificate(scope(tls=tls), [], "tls", ())


# --- headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("peer", ["10.1.2.3", "fd00::1"])
@pytest.mark.parametrize("source", FORMATS)
def test_header_of_a_trusted_proxy_is_believed(source: Any, peer: str) -> None:
    """IPv4 and IPv6."""
    presented = read_client_certificate(scope(peer=peer), headers(source), source, PROXIES)

    assert presented.leaf == ISSUED.der
    assert presented.source == source


@pytest.mark.parametrize("peer", ["192.0.2.1", "fe80::1", "127.0.0.1", "not an address", None])
@pytest.mark.parametrize("source", FORMATS)
def test_header_of_anybody_else_is_ignored(source: Any, peer: str | None, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever `scope["client"]` has become; it is logged, because it is an attack or a wrong setting."""
    presented = read_client_certificate(scope(peer=peer), headers(source), source, PROXIES)

    assert presented.leaf is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("source", FORMATS)
def test_header_is_ignored_where_nobody_is_trusted(source: Any) -> None:
    """No proxy counts by default."""
    assert read_client_certificate(scope(), headers(source), source, ()).leaf is None


@pytest.mark.parametrize("source", FORMATS)
def test_scope_without_facts_presents_none(source: Any) -> None:
    """Under another server than ours no proxy can be told from its clients."""
    assert read_client_certificate({}, headers(source), source, PROXIES).leaf is None


@pytest.mark.parametrize("source", FORMATS)
def test_trusted_proxy_without_a_header_presents_none(source: Any) -> None:
    """The client sent no certificate."""
    assert read_client_certificate(scope(), [(b"host", b"x")], source, PROXIES).leaf is None


@pytest.mark.parametrize("source", FORMATS)
def test_duplicate_header_is_malformed(source: Any) -> None:
    """One of the two is the client's own invention."""
    twice = headers(source)[:1] * 2

    with pytest.raises(MalformedClientCertificate, match="occurs twice"):
        read_client_certificate(scope(), twice, source, PROXIES)


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize(
    "value", [b"nonsense", b"MAA=AA", b"\xff\xfe", b"%00", b":AAAA:", b"-----BEGIN CERTIFICATE-----"]
)
def test_malformed_header_is_told(source: Any, value: bytes) -> None:
    """A proxy that is set up wrongly must not look like a browser without a certificate."""
    name = headers(source)[0][0]

    with pytest.raises(MalformedClientCertificate, match=source) as caught:
        read_client_certificate(scope(), [(name, value)], source, PROXIES)
    assert isinstance(caught.value, IdpError)


@pytest.mark.parametrize("source", FORMATS)
def test_oversized_header_is_malformed(source: Any) -> None:
    """Before anything is decoded."""
    name, value = headers(source)[0]

    with pytest.raises(MalformedClientCertificate, match="too long"):
        read_client_certificate(scope(), [(name, value * 200)], source, PROXIES)


@pytest.mark.parametrize("source", FORMATS)
def test_headers_of_other_formats_are_ignored(source: Any) -> None:
    """Only the one that was set counts; those that share its name are left out."""
    own = {name for name, _ in headers(source)}
    others = [field for other in FORMATS for field in headers(other) if field[0] not in own]
    others = [field for field in others if field[0] not in (*FORMATS[source].single, *FORMATS[source].listed)]

    assert read_client_certificate(scope(), others, source, PROXIES).leaf is None


# --- the secret -------------------------------------------------------------------------------------------------------

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("source", FORMATS)
def test_header_of_a_proxy_that_knows_the_secret_is_believed(source: Any) -> None:
    """A trusted address and the secret."""
    sent = [*headers(source), (b"x-proxy-secret", SECRET.encode())]

    assert read_client_certificate(scope(), sent, source, PROXIES, SECRET).leaf == ISSUED.der
    assert read_client_certificate(scope(peer="192.0.2.1"), sent, source, PROXIES, SECRET).leaf is None


@pytest.mark.parametrize(
    "values", [[], [b""], [SECRET[:-1].encode()], [SECRET.encode() + b"0"], [b"\xff"], [SECRET.encode()] * 2,
               [SECRET.encode(), b"guess"], [b"guess", SECRET.encode()]],
)  # fmt: skip
def test_header_without_the_secret_is_ignored(values: list[bytes], caplog: pytest.LogCaptureFixture) -> None:
    """Also where one of two is right: a proxy that appends lets its clients guess. The secret is not logged."""
    sent = [*headers("rfc9440"), *((b"x-proxy-secret", value) for value in values)]

    assert read_client_certificate(scope(), sent, "rfc9440", PROXIES, SECRET).leaf is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert SECRET[:8] not in caplog.text
