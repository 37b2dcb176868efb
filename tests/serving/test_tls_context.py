"""The certificate listener's TLS as clients see it: whom it lets through, what it names, what it never resumes."""

import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from idp.serving import tls_context
from idp.serving.tls_options import MAX_CA_NAMES
from tests.certificates import (
    DAY,
    SERVER_AUTH,
    Authority,
    Issued,
    create_long_chain,
    ec_key,
    ed25519_key,
    rsa_key,
    self_sign,
)
from tests.serving.clients import REQUEST, client_context, connected, fetch, read_to_end, s_client, server_certificate
from tests.serving.conftest import Serve, Tree
from tests.serving.running import eventually

VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]

UNREADABLE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.1"), b"\x30\x84\xff")
HUGE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\x04\x84" + bytes(40_000))

FLAWED: dict[str, Callable[[Authority], Issued]] = {
    "good": lambda issuing: issuing.issue(),
    "expired": lambda issuing: issuing.issue(not_before=-60 * DAY, not_after=-30 * DAY),
    "not yet valid": lambda issuing: issuing.issue(not_before=DAY),
    "self-signed": lambda _: self_sign(),
    "foreign authority": lambda _: Authority.create("Foreign").create_intermediate().issue(),
    "same name, other key": lambda issuing: Authority.create("Test Root").create_intermediate("Test Issuing").issue(),
    "for servers": lambda issuing: issuing.issue(usages=(SERVER_AUTH,)),
    "RSA-1024": lambda issuing: issuing.issue(key=rsa_key(1024)),
    "RSA-2048": lambda issuing: issuing.issue(key=rsa_key(2048)),
    "P-521": lambda issuing: issuing.issue(key=ec_key(ec.SECP521R1())),
    "Ed25519": lambda issuing: issuing.issue(key=ed25519_key()),
    "long chain": lambda _: create_long_chain(30)[1],
    "an authority itself": lambda issuing: issuing.create_intermediate("below"),
    "unreadable extension": lambda issuing: issuing.issue(extensions=[(UNREADABLE, False)]),
    "forty kilobytes": lambda issuing: issuing.issue(extensions=[(HUGE, False)]),
}

# X509_V_ERR numbers, as openssl-verification-options(1) lists them.
COMPLAINTS = {
    "good": None,
    "expired": 10,
    "not yet valid": 9,
    "self-signed": 18,
    "foreign authority": 20,
    "for servers": 26,
}


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
@pytest.mark.parametrize("flaw", FLAWED)
def test_any_certificate_reaches_the_application(
    tree: Tree, serve: Serve, tmp_path: Path, flaw: str, version: ssl.TLSVersion
) -> None:
    """TLS never fails for a certificate's sake; leaf and chain arrive as they were sent."""
    server = serve(minimum_version=ssl.TLSVersion.TLSv1_2)
    issued = FLAWED[flaw](tree.issuing)

    report = fetch(server.port, client_context(tree.root, tmp_path, issued, highest=version))

    assert report["leaf"] == issued.der.hex()
    assert report["chain"] == [certificate.hex() for certificate in issued.chain_der]
    assert report["resumed"] is False
    assert report["tls_version"] == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
    assert report["peer"][0] == "127.0.0.1"
    assert report["verify_error"] == COMPLAINTS.get(flaw, report["verify_error"])


def test_certificate_signed_with_sha1_reaches_the_application(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """Nor does an outdated digest stop a certificate."""
    key_file, file = tmp_path / "sha1.key", tmp_path / "sha1.pem"
    command = f"openssl req -x509 -sha1 -newkey rsa:2048 -nodes -keyout {key_file} -out {file} -subj /CN=old -days 2"
    subprocess.run(command.split(), check=True, capture_output=True)
    context = client_context(tree.root, tmp_path)
    context.load_cert_chain(file, key_file)

    report = fetch(serve().port, context)

    assert report["leaf"] == x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER).hex()


def test_no_certificate_reaches_the_application_as_none(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """Who presses Cancel gets a page, not a TLS error."""
    report = fetch(serve().port, client_context(tree.root, tmp_path))

    assert report["leaf"] is None
    assert report["chain"] == []
    assert report["verify_error"] is None


def test_tls_1_2_is_refused_with_an_alert(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """The lowest version is 1.3, and the client is told so."""
    with pytest.raises(ssl.SSLError, match=r"(?i)alert.protocol.version"):
        fetch(serve().port, client_context(tree.root, tmp_path, highest=ssl.TLSVersion.TLSv1_2))


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_session_is_not_resumed(tree: Tree, serve: Serve, tmp_path: Path, version: ssl.TLSVersion) -> None:
    """A client that offers an earlier session has to show its certificate again."""
    server = serve(minimum_version=ssl.TLSVersion.TLSv1_2)
    context = client_context(tree.root, tmp_path, tree.issuing.issue(), highest=version)
    with connected(server.port, context) as first:
        first.sendall(REQUEST)
        read_to_end(first)
        session = first.session

    with connected(server.port, context, session=session) as second:
        reused = second.session_reused

    assert not reused
    assert fetch(server.port, context, session=session)["resumed"] is False


@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_openssl_cannot_reconnect_with_a_session(tree: Tree, serve: Serve, tmp_path: Path, option: str) -> None:
    """What s_client saves of a session is of no use for the next connection, be it id or ticket."""
    server = serve(minimum_version=ssl.TLSVersion.TLSv1_2)
    session = tmp_path / "session.pem"
    certificate_file, key_file = tree.issuing.issue().write_pem(tmp_path)
    common = [option, "-cert", str(certificate_file), "-key", str(key_file)]

    s_client(server.port, *common, "-sess_out", str(session))
    second = s_client(server.port, *common, *(["-sess_in", str(session)] if session.exists() else []))

    assert "New, TLSv1" in second
    assert "Reused" not in second


def test_client_that_speaks_only_h2_gets_an_alert(tree: Tree, serve: Serve, tmp_path: Path) -> None:
    """HTTP/2 is never agreed on (RFC 7301 section 3.2)."""
    with pytest.raises(ssl.SSLError, match=r"(?i)no.application.protocol"):
        fetch(serve().port, client_context(tree.root, tmp_path, alpn=("h2",)))


@pytest.mark.parametrize(("offered", "chosen"), [(("h2", "http/1.1"), "http/1.1"), ((), None)])
def test_http_1_1_is_chosen(
    tree: Tree, serve: Serve, tmp_path: Path, offered: tuple[str, ...], chosen: str | None
) -> None:
    """A browser offers both and gets HTTP/1.1; a client without ALPN is served as well."""
    with connected(serve().port, client_context(tree.root, tmp_path, alpn=offered)) as client:
        assert client.selected_alpn_protocol() == chosen


def test_authorities_are_named_to_the_browser(serve: Serve) -> None:
    """The issuing authority's name is what browsers choose by."""
    output = s_client(serve().port)

    assert "Acceptable client certificate CA names\nCN = Test Issuing\n" in output


def test_new_authority_is_named_without_a_restart(tree: Tree, serve: Serve) -> None:
    """Within a second a new realm's authority is on the list."""
    authorities = [tree.issuing.certificate]
    server = serve(ca_names=lambda: authorities)
    assert "CN = New Realm" not in s_client(server.port)

    authorities.append(tree.root.create_intermediate("New Realm").certificate)

    assert eventually(lambda: "CN = New Realm" in s_client(server.port))


def test_too_many_authorities_are_not_named(tree: Tree, serve: Serve) -> None:
    """Past the limit no name is sent, and the browser offers all it has."""
    key = ec_key()
    many = [tree.root.create_intermediate(f"Realm {n}", key=key).certificate for n in range(MAX_CA_NAMES + 1)]

    assert "No client certificate CA names sent" in s_client(serve(ca_names=lambda: many).port)


def test_renewed_server_certificate_is_used_without_a_restart(
    tree: Tree, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """New files count for the next connection, and a half-finished change for none."""
    monkeypatch.setattr(tls_context, "FILES_INTERVAL", 0.0)
    certificate_file, key_file = tree.root.issue_server().write_pem(tmp_path)
    server = serve(certificate_file=certificate_file, key_file=key_file)
    renewed = tree.root.issue_server()
    old = server_certificate(server.port)

    certificate_file.write_text(renewed.chain_pem)
    between = server_certificate(server.port)
    key_file.write_text(renewed.key_pem)

    assert between == old
    assert "belongs to another certificate" in caplog.text
    assert server_certificate(server.port) == renewed.der


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_programs_are_told_no_authorities_at_a_host_of_theirs(
    serve: Serve, tree: Tree, version: ssl.TLSVersion
) -> None:
    """Many send no certificate but of those they are told (RFC 8446 section 4.2.4); browsers are told, at all other names."""
    server = serve(minimum_version=ssl.TLSVersion.TLSv1_2, open_host="mtls.cert.localhost")
    option = "-tls1_3" if version is ssl.TLSVersion.TLSv1_3 else "-tls1_2"

    assert "Acceptable client certificate CA names" in s_client(server.port, option)
    told = s_client(server.port, option, "-servername", "MTLS.cert.localhost")
    assert "No client certificate CA names sent" in told
    assert "200 OK" in told


def test_host_without_authorities_asks_for_a_certificate_and_outlives_a_rebuild(
    serve: Serve, tree: Tree, tmp_path: Path
) -> None:
    """Any certificate arrives there, on a connection that began before the authorities changed as on later ones."""
    named: list[x509.Certificate] = [tree.issuing.certificate]
    server = serve(ca_names=lambda: list(named), open_host="mtls.cert.localhost")
    context = client_context(tree.root, tmp_path, self_sign())

    def ask(tls: ssl.SSLSocket) -> bytes:
        tls.sendall(REQUEST)
        return read_to_end(tls)

    with connected(server.port, context, host="mtls.cert.localhost") as early:
        named.append(Authority.create("Another").certificate)
        for _ in range(3):
            with connected(server.port, context, host="mtls.cert.localhost") as later:
                assert b'"verify_error": 18' in ask(later)
        assert b'"verify_error": 18' in ask(early)
