"""Real proxies in front, as docs/proxies sets them up: what the browser shows arrives, and what it writes itself does not."""

import json
import ssl
from collections.abc import Callable, Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from idp.serving.listener import build_http_server
from idp.web.client_certificate import read_client_certificate
from tests.certificates import DAY, SERVER_AUTH, Authority, Issued, create_long_chain, ed25519_key, rsa_key, self_sign
from tests.serving.clients import client_context, connected, read_to_end, s_client
from tests.serving.conftest import Tree
from tests.serving.proxies import PROXIES
from tests.serving.running import answer, running
from tests.web.proxy_headers.samples import SAMPLES

pytestmark = pytest.mark.proxy

TRUSTED = (ip_network("127.0.0.0/8"),)

FLAWED: dict[str, Callable[[Authority], Issued]] = {
    "good": lambda issuing: issuing.issue(),
    "expired": lambda issuing: issuing.issue(not_before=-60 * DAY, not_after=-30 * DAY),
    "not yet valid": lambda issuing: issuing.issue(not_before=DAY),
    "self-signed": lambda _: self_sign(),
    "foreign authority": lambda _: Authority.create("Foreign").create_intermediate().issue(),
    "for servers": lambda issuing: issuing.issue(usages=(SERVER_AUTH,)),
    "RSA-1024": lambda issuing: issuing.issue(key=rsa_key(1024)),
    "RSA-4096": lambda issuing: issuing.issue(key=rsa_key(4096)),
    "Ed25519": lambda issuing: issuing.issue(key=ed25519_key()),
    "chain of three": lambda _: create_long_chain(3)[1],
}


def report_presented(source: Any) -> Any:
    """Return an application that answers with the certificate it reads from *source*."""

    async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
        presented = read_client_certificate(scope, scope["headers"], source, TRUSTED)
        report = {
            "leaf": presented.leaf and presented.leaf.hex(),
            "intermediates": [certificate.hex() for certificate in presented.intermediates],
            "names": sorted(name.decode() for name, _ in scope["headers"]),
        }
        await answer(send, json.dumps(report).encode())

    return app


@pytest.fixture(scope="module", params=list(PROXIES))
def proxy(
    request: pytest.FixtureRequest, tree: Tree, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, int]]:
    """Each proxy in turn, with its port; behind it, a listener that reads its headers."""
    name: str = request.param
    folder = tmp_path_factory.mktemp(name)
    folder.chmod(0o755)
    upstream = build_http_server(report_presented(name), host="127.0.0.1", port=0)
    with running(upstream), PROXIES[name](folder, upstream.port, tree.server, tree.issuing) as port:
        yield name, port


def ask(port: int, context: ssl.SSLContext, *fields: bytes) -> dict[str, Any]:
    """Return what the application behind the proxy says, *fields* being the client's own headers."""
    with connected(port, context) as tls:
        head = (b"GET /a/1 HTTP/1.1", b"host: a1b2.x509.example.org", b"connection: close", *fields, b"", b"")
        tls.sendall(b"\r\n".join(head))
        response = read_to_end(tls)
    assert response.startswith(b"HTTP/1.1 200"), response
    report: dict[str, Any] = json.loads(response.partition(b"\r\n\r\n")[2])
    return report


def forged(name: str, issued: Issued) -> list[bytes]:
    """Return every header of the format as a client would forge it, in several spellings."""
    fields = SAMPLES[name](issued)
    return [
        b"%b: %b" % (spelling(header), value) for header, value in fields for spelling in (bytes.title, bytes.upper)
    ]


@pytest.mark.parametrize("flaw", FLAWED)
def test_any_certificate_arrives(tree: Tree, proxy: tuple[str, int], tmp_path: Path, flaw: str) -> None:
    """The proxy decides nothing: also what it would have refused itself gets to the page that says why."""
    name, port = proxy
    issued = FLAWED[flaw](tree.issuing)

    report = ask(port, client_context(tree.root, tmp_path, issued))

    assert report["leaf"] == issued.der.hex()
    chain = [certificate.hex() for certificate in issued.chain_der]
    assert report["intermediates"] == (chain if name == "haproxy" else [])


def test_no_certificate_arrives_as_none(tree: Tree, proxy: tuple[str, int], tmp_path: Path) -> None:
    """Who presses Cancel gets a page."""
    assert ask(proxy[1], client_context(tree.root, tmp_path))["leaf"] is None


def test_forged_header_without_a_certificate_does_not_arrive(
    tree: Tree, proxy: tuple[str, int], tmp_path: Path
) -> None:
    """A certificate is public: without the proxy's word anybody could show somebody else's."""
    name, port = proxy

    report = ask(port, client_context(tree.root, tmp_path), *forged(name, tree.issuing.issue("victim")))

    assert report["leaf"] is None


@pytest.mark.parametrize("flaw", ["good", "expired", "self-signed"])
def test_forged_header_beside_a_certificate_does_not_arrive(
    tree: Tree, proxy: tuple[str, int], tmp_path: Path, flaw: str
) -> None:
    """Nor does it get in beside one's own, on whichever way the proxy takes for that."""
    name, port = proxy
    own = FLAWED[flaw](tree.issuing)

    report = ask(port, client_context(tree.root, tmp_path, own), *forged(name, tree.issuing.issue("victim")))

    assert report["leaf"] == own.der.hex()


def test_authorities_are_named(proxy: tuple[str, int]) -> None:
    """The browser is told what to offer."""
    assert "Acceptable client certificate CA names\nCN = Test Issuing\n" in s_client(proxy[1])


def test_session_is_not_resumed(tree: Tree, proxy: tuple[str, int], tmp_path: Path) -> None:
    """Each connection proves its certificate anew."""
    session = tmp_path / "session.pem"
    certificate_file, key_file = tree.issuing.issue().write_pem(tmp_path)
    identity = ["-cert", str(certificate_file), "-key", str(key_file)]

    s_client(proxy[1], *identity, "-sess_out", str(session))
    second = s_client(proxy[1], *identity, *(["-sess_in", str(session)] if session.exists() else []))

    assert "New, TLSv1.3" in second


def test_h2_is_not_agreed_on(tree: Tree, proxy: tuple[str, int], tmp_path: Path) -> None:
    """A browser that offers both gets HTTP/1.1."""
    with connected(proxy[1], client_context(tree.root, tmp_path, alpn=("h2", "http/1.1"))) as tls:
        assert tls.selected_alpn_protocol() != "h2"
