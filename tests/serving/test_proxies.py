"""Real proxies in front, as docs/proxies sets them up: what the browser shows arrives, and what it writes itself does not."""

import json
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

import pytest

from idp.pki.trust import load_trust_store
from idp.serving.listener import build_http_server
from idp.web.client_certificate import read_client_certificate
from tests.certificates import (
    DAY,
    SERVER_AUTH,
    Authority,
    Issued,
    PrivateKey,
    create_long_chain,
    ed25519_key,
    rsa_key,
    self_sign,
)
from tests.provider import CALLBACK, download, open_dashboard, run_provider, sign_in
from tests.serving.clients import client_context, connected, read_to_end, s_client
from tests.serving.conftest import Tree
from tests.serving.proxied_browser import ProxiedBrowser
from tests.serving.proxies import CERTIFICATE_HOST, PROXIES
from tests.serving.running import answer, running
from tests.web.proxy_headers.samples import SAMPLES

pytestmark = pytest.mark.proxy

TRUSTED = (ip_network("127.0.0.0/8"),)

_large_key = cache(lambda: rsa_key(4096))

SEND_CHAIN = {"haproxy", "traefik", "envoy"}
# What a proxy refuses by itself, however it is set up, so that the browser shows its own error in the place of our page.
ENDED_BY_PROXY = {("apache", flaw) for flaw in ("expired", "not yet valid", "for servers", "RSA-1024")}
# Clients are told that no such signature is understood, and show nothing.
NOT_SHOWN = {("envoy", "Ed25519")}

FLAWED: dict[str, Callable[[Authority], Issued]] = {
    "good": lambda issuing: issuing.issue(),
    "expired": lambda issuing: issuing.issue(not_before=-60 * DAY, not_after=-30 * DAY),
    "not yet valid": lambda issuing: issuing.issue(not_before=DAY),
    "self-signed": lambda _: self_sign(),
    "foreign authority": lambda _: Authority.create("Foreign").create_intermediate().issue(),
    "for servers": lambda issuing: issuing.issue(usages=(SERVER_AUTH,)),
    "RSA-1024": lambda issuing: issuing.issue(key=rsa_key(1024)),
    "RSA-4096": lambda issuing: issuing.issue(key=_large_key()),
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


@dataclass
class Proxy:
    """A running proxy, its TLS port, and the application that it leads to, which may be exchanged."""

    name: str
    port: int
    app: Any

    async def lead(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Hand the request on."""
        await self.app(scope, receive, send)


@pytest.fixture(scope="module", params=list(PROXIES))
def started(request: pytest.FixtureRequest, tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Each proxy in turn, started once."""
    name: str = request.param
    folder = tmp_path_factory.mktemp(name)
    folder.chmod(0o755)
    proxy = Proxy(name, 0, report_presented(name))
    upstream = build_http_server(proxy.lead, host="127.0.0.1", port=0)
    server = tree.root.issue_server("localhost", "*.x509.example.org")
    authorities = tree.issuing.pem + tree.root.pem
    with running(upstream), PROXIES[name](folder, upstream.port, server, authorities) as proxy.port:
        yield proxy


@pytest.fixture
def proxy(started: Proxy) -> Proxy:
    """Each proxy in turn; behind it, a listener that tells which certificate it reads from the headers."""
    started.app = report_presented(started.name)
    return started


def ask(port: int, context: ssl.SSLContext, *fields: bytes) -> dict[str, Any]:
    """Return what the application behind the proxy says, *fields* being the client's own headers."""
    response = exchange(port, context, *fields)
    assert response.startswith(b"HTTP/1.1 200"), response
    report: dict[str, Any] = json.loads(response.partition(b"\r\n\r\n")[2])
    return report


def exchange(port: int, context: ssl.SSLContext, *fields: bytes) -> bytes:
    """Return the response to a request with *fields*, whatever it is."""
    with connected(port, context, host=CERTIFICATE_HOST) as tls:
        head = (b"GET /a/1 HTTP/1.1", b"host: " + CERTIFICATE_HOST.encode(), b"connection: close", *fields, b"", b"")
        tls.sendall(b"\r\n".join(head))
        return read_to_end(tls)


def forged(name: str, issued: Issued) -> list[bytes]:
    """Return every header of the format as a client would forge it, in several spellings."""
    fields = SAMPLES[name](issued)
    return [
        b"%b: %b" % (spelling(header), value) for header, value in fields for spelling in (bytes.title, bytes.upper)
    ]


@pytest.mark.parametrize("flaw", FLAWED)
def test_any_certificate_arrives(tree: Tree, proxy: Proxy, tmp_path: Path, flaw: str) -> None:
    """The proxy decides nothing: also what it would have refused itself gets to the page that says why."""
    issued = FLAWED[flaw](tree.issuing)
    context = client_context(tree.root, tmp_path, issued)
    if (proxy.name, flaw) in ENDED_BY_PROXY:
        with pytest.raises(ssl.SSLError):
            ask(proxy.port, context)
        return

    report = ask(proxy.port, context)

    if (proxy.name, flaw) in NOT_SHOWN:
        assert report["leaf"] is None
        return
    assert report["leaf"] == issued.der.hex()
    chain = [certificate.hex() for certificate in issued.chain_der]
    assert report["intermediates"] == (chain if proxy.name in SEND_CHAIN else [])


def test_no_certificate_arrives_as_none(tree: Tree, proxy: Proxy, tmp_path: Path) -> None:
    """Who presses Cancel gets a page."""
    assert ask(proxy.port, client_context(tree.root, tmp_path))["leaf"] is None


def test_forged_header_without_a_certificate_does_not_arrive(tree: Tree, proxy: Proxy, tmp_path: Path) -> None:
    """A certificate is public: without the proxy's word anybody could show somebody else's."""

    report = ask(proxy.port, client_context(tree.root, tmp_path), *forged(proxy.name, tree.issuing.issue("victim")))

    assert report["leaf"] is None


@pytest.mark.parametrize("flaw", ["good", "foreign authority", "self-signed"])
def test_forged_header_beside_a_certificate_does_not_arrive(
    tree: Tree, proxy: Proxy, tmp_path: Path, flaw: str
) -> None:
    """Nor does it get in beside one's own, on whichever way the proxy takes for that."""
    own = FLAWED[flaw](tree.issuing)

    report = ask(
        proxy.port, client_context(tree.root, tmp_path, own), *forged(proxy.name, tree.issuing.issue("victim"))
    )

    assert report["leaf"] == own.der.hex()


ODD: dict[str, Callable[[bytes, bytes], list[bytes]]] = {
    "twenty times": lambda name, value: [b"%b: %b" % (name, value)] * 20,
    "24 KiB": lambda name, value: [b"%b: %b" % (name, (value * 40)[:24_576])],
    "200 KiB": lambda name, value: [b"%b: %b" % (name, (value * 300)[:204_800])],
    "with underscores": lambda name, value: [b"%b: %b" % (name.replace(b"-", b"_"), value)],
    "as a hop-by-hop field": lambda name, value: [b"%b: %b" % (name, value), b"connection: " + name],
    "folded": lambda name, value: [b"x: y", b" %b: %b" % (name, value)],
    "behind a space": lambda name, value: [b"%b : %b" % (name, value)],
    "behind a bare line feed": lambda name, value: [b"x: y\n%b: %b" % (name, value)],
    "behind a bare carriage return": lambda name, value: [b"x: y\r%b: %b" % (name, value)],
    "behind a NUL": lambda name, value: [b"x: y\0\n%b: %b" % (name, value)],
}


@pytest.mark.parametrize("way", ODD)
def test_no_way_of_writing_the_header_brings_a_certificate_in(
    tree: Tree, proxy: Proxy, tmp_path: Path, way: str
) -> None:
    """The proxy refuses the request, or the application sees no certificate; what it cannot read is an error, not somebody."""
    fields = [
        field for name, value in SAMPLES[proxy.name](tree.issuing.issue("victim")) for field in ODD[way](name, value)
    ]
    try:
        response = exchange(proxy.port, client_context(tree.root, tmp_path), *fields)
    except (ssl.SSLError, ConnectionError):  # broken off while there was more to send
        return

    if response.startswith(b"HTTP/1.1 200"):
        assert json.loads(response.partition(b"\r\n\r\n")[2])["leaf"] is None
    else:
        assert response == b"" or re.match(rb"HTTP/1\.[01] 4\d\d ", response)


def test_authorities_are_named(proxy: Proxy) -> None:
    """The browser is told what to offer."""
    printed = s_client(proxy.port)

    assert "Acceptable client certificate CA names\nCN = Test Issuing\nCN = Test Root\n" in printed


def test_session_is_not_resumed(tree: Tree, proxy: Proxy, tmp_path: Path) -> None:
    """Each connection proves its certificate anew."""
    session = tmp_path / "session.pem"
    certificate_file, key_file = tree.issuing.issue().write_pem(tmp_path)
    identity = ["-cert", str(certificate_file), "-key", str(key_file)]

    s_client(proxy.port, *identity, "-sess_out", str(session))
    second = s_client(proxy.port, *identity, *(["-sess_in", str(session)] if session.exists() else []))

    assert "New, TLSv1.3" in second


def test_h2_is_not_agreed_on(tree: Tree, proxy: Proxy, tmp_path: Path) -> None:
    """A browser that offers both gets HTTP/1.1."""
    with connected(proxy.port, client_context(tree.root, tmp_path, alpn=("h2", "http/1.1"))) as tls:
        assert tls.selected_alpn_protocol() != "h2"


def test_login_goes_through_the_proxy(tree: Tree, proxy: Proxy, database_url: str, tmp_path: Path) -> None:
    """Enrolment, the failures with their pages, a forged header, and at last the certificate that is right."""
    with run_provider(database_url, tmp_path, **provider_settings(proxy.name)) as provider:
        provider.clock.advance(datetime.now(UTC) - provider.clock.now())  # Apache looks at the dates as well
        proxy.app = provider.certificate_host
        owner = ProxiedBrowser(provider, proxy.port, client_context(tree.root, tmp_path))
        open_dashboard(owner)
        issued = enable_two_factor(owner, tree, tmp_path)
        browser = ProxiedBrowser(provider, proxy.port, client_context(tree.root, tmp_path))

        sign_in(browser)
        assert browser.press("Continue with certificate").title == "No certificate arrived"
        browser.fields = forged(proxy.name, issued)
        assert browser.press("Try again").title == "No certificate arrived"
        browser.context = client_context(tree.root, tmp_path, Authority.create("Foreign").issue())
        assert browser.press("Try again").title == "This certificate is not from here"
        browser.context = client_context(tree.root, tmp_path, issued)
        assert browser.press("Try again").url.startswith(CALLBACK)
        assert provider.redeem(browser.page.query["code"])["claims"]["amr"] == ["pwd", "x509"]

        provider.clock.advance(days=400)
        browser = ProxiedBrowser(provider, proxy.port, browser.context)
        sign_in(browser)
        assert browser.press("Continue with certificate").title == "Your certificate has expired"


def provider_settings(source: str) -> dict[str, str]:
    """Return the settings of a provider behind a proxy of this kind."""
    return {
        "client_certificate_source": source,
        "trusted_proxies": "127.0.0.1",
        "certificate_url": "https://{label}.x509.example.org",
    }


def enable_two_factor(browser: ProxiedBrowser, tree: Tree, folder: Path) -> Issued:
    """Enrol, test and switch on, all through the proxy; return the certificate, which is shown with that of its issuer."""
    stored = download(browser)
    assert stored.cert is not None
    with browser.provider.services.database.transaction() as session:
        chain = load_trust_store(session, browser.provider.user().realm_id).issuing
    issued = Issued(stored.cert.certificate, cast("PrivateKey", stored.key), chain)
    browser.context = client_context(tree.root, folder, issued)
    browser.get("/realms/demo/account/two-factor")
    browser.press("Test my certificate")
    browser.get("/realms/demo/account/two-factor")
    browser.press("Save Changes", enabled="yes")
    return issued
