"""The OpenSSL options, tried in memory."""

import ssl
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from idp.serving import tls_options
from idp.serving.server_certificate import ServerCertificate
from idp.serving.tls_connection import TLSConnection, to_ssl_error
from idp.serving.tls_options import MAX_CA_NAMES, advertised_authorities, build_openssl_context
from tests.certificates import Authority, Issued, ec_key
from tests.serving.conftest import Tree

UNREADABLE = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.31"), b"\xff\xff\x00")


def server_context(tree: Tree, lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2) -> SSL.Context:
    """Return the listener's OpenSSL context."""
    assert isinstance(tree.server.key, ec.EllipticCurvePrivateKey)
    server = ServerCertificate((tree.server.certificate,), tree.server.key)
    return build_openssl_context(server, [tree.issuing.certificate], lowest)


def openssl_client(
    issued: Issued, session: SSL.Session | None = None, context: SSL.Context | None = None
) -> SSL.Connection:
    """Return a client that, unlike ssl's, presents certificates OpenSSL itself finds broken, and resumes sessions."""
    if context is None:
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.use_certificate(issued.certificate)
        context.use_privatekey(issued.key)
        context.set_session_cache_mode(SSL.SESS_CACHE_CLIENT)
    client = SSL.Connection(context)
    client.set_connect_state()
    if session:
        client.set_session(session)
    return client


def shake_hands(context: SSL.Context, client: SSL.Connection) -> TLSConnection:
    """Let *client* and a new server connection shake hands; return the server's."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = TLSConnection(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), context, incoming, outgoing)
    for _ in range(3):
        attempt(client.do_handshake)
        attempt(lambda: incoming.write(client.bio_read(100_000)))
        attempt(server.do_handshake)
        if outgoing.pending:
            client.bio_write(outgoing.read())
    attempt(lambda: client.recv(1))
    return server


def attempt(step: Callable[[], object]) -> None:
    """Do *step* as far as it goes without more data."""
    try:
        step()
    except (SSL.WantReadError, ssl.SSLWantReadError):
        return


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_resumed_session_is_noticed(tree: Tree, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    """Should resumption ever be possible again, its certificate counts as not proven."""
    monkeypatch.setattr(tls_options, "_forbid_resumption", lambda context: context.set_session_id(b"test"))
    context = server_context(tree)
    context.set_max_proto_version(version)
    issued = tree.issuing.issue()
    client = openssl_client(issued)
    first = shake_hands(context, client)

    second = shake_hands(context, openssl_client(issued, client.get_session(), client.get_context()))

    assert (first.session_reused, second.session_reused) == (False, True)
    assert first.getpeercert(binary_form=True) == second.getpeercert(binary_form=True) == issued.der


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_session_of_the_listener_is_not_resumed(tree: Tree, version: int) -> None:
    """The same without the change: the offered session is worth nothing."""
    context = server_context(tree)
    context.set_max_proto_version(version)
    issued = tree.issuing.issue()
    client = openssl_client(issued)
    shake_hands(context, client)

    second = shake_hands(context, openssl_client(issued, client.get_session(), client.get_context()))

    assert not second.session_reused
    assert second.getpeercert(binary_form=True) == issued.der


def test_certificate_that_openssl_finds_broken_is_let_through(tree: Tree) -> None:
    """As long as it can be parsed at all."""
    broken = tree.issuing.issue(extensions=[(UNREADABLE, True)])

    server = shake_hands(server_context(tree), openssl_client(broken))

    assert server.getpeercert(binary_form=True) == broken.der
    assert server.verify_error is not None


def test_authorities_are_named_once() -> None:
    """An authority and its successor under the same name are one name."""
    key = ec_key()
    old, new = (Authority.create("Realm", key=key).certificate for _ in range(2))

    assert advertised_authorities([old, new]) == [new]


def test_list_of_authorities_that_is_too_long_is_left_out() -> None:
    """By number and by size."""
    key = ec_key()
    many = [Authority.create(f"Realm {number}", key=key).certificate for number in range(MAX_CA_NAMES + 1)]

    assert advertised_authorities(many) == []
    assert len(advertised_authorities(many[1:])) == MAX_CA_NAMES


def test_version_below_1_2_is_refused(tree: Tree) -> None:
    """TLS 1.0 and 1.1 are deprecated (RFC 8996)."""
    with pytest.raises(ValueError, match="not TLSv1_1"):
        server_context(tree, ssl.TLSVersion.TLSv1_1)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SSL.WantReadError(), ssl.SSLWantReadError),
        (SSL.ZeroReturnError(), ssl.SSLZeroReturnError),
        (SSL.SysCallError(-1, "Unexpected EOF"), ssl.SSLEOFError),
        (SSL.Error([("SSL routines", "", "bad thing")]), ssl.SSLError),
        (SSL.Error(), ssl.SSLError),
    ],
)
def test_errors_are_those_of_the_standard_library(error: SSL.Error, expected: type[ssl.SSLError]) -> None:
    """So that asyncio and uvloop know what to do."""
    assert type(to_ssl_error(error)) is expected
