"""The proxies in front of the login host, as docs/proxies sets them up: TLS ends there, and the address arrives."""

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from idp.serving.listener import build_certificate_server, build_http_server
from tests.certificates import Issued
from tests.serving.clients import client_context, connected, read_to_end
from tests.serving.conftest import Tree
from tests.serving.proxies import RECOMMENDED, free_port, replace, require_binary, running_nginx, running_program
from tests.serving.running import answer, report_client, running

pytestmark = pytest.mark.proxy

LOGIN, CERTIFICATE = "login.example.org", "a1b2.x509.example.org"


@dataclass(frozen=True)
class Front:
    """A proxy's port, and the server certificate that it has for the login host."""

    port: int
    login: Issued


async def report_headers(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Answer with the headers as they came."""
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    await answer(send, json.dumps(headers).encode())


@contextmanager
def nginx(folder: Path, upstream: int, login: Issued) -> Iterator[int]:
    """Run nginx in front of the public port *upstream*."""
    port = free_port()
    certificate_file, key_file = login.write_pem(folder)
    site = replace(
        (RECOMMENDED / "nginx-login.conf").read_text(),
        {
            "127.0.0.1:8080": f"127.0.0.1:{upstream}",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/nginx/login.example.org.pem": str(certificate_file),
            "/etc/nginx/login.example.org.key": str(key_file),
        },
    )
    with running_nginx(folder, site, port):
        yield port


@contextmanager
def haproxy(folder: Path, upstream: int, login: Issued, *, certificate_port: int) -> Iterator[int]:
    """Run HAProxy in front of the public port *upstream* and the certificate listener."""
    binary, port = require_binary("haproxy", package="haproxy"), free_port()
    pem = folder / "login.pem"
    pem.write_text(login.chain_pem + login.key_pem)
    configuration = folder / "haproxy.cfg"
    changes = {
        "127.0.0.1:8080": f"127.0.0.1:{upstream}",
        "127.0.0.1:8443": f"127.0.0.1:{certificate_port}",
        "bind :443": f"bind 127.0.0.1:{port}",
        "abns@login": f"abns@login-{port}",
        "/etc/haproxy/login.example.org.pem": str(pem),
    }
    configuration.write_text(replace((RECOMMENDED / "haproxy-one-port.cfg").read_text(), changes))
    with running_program([binary, "-db", "-f", str(configuration)], port):
        yield port


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def front(request: pytest.FixtureRequest, tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Each proxy in turn, before a public port and, for HAProxy, a certificate listener."""
    folder = tmp_path_factory.mktemp(request.param)
    folder.chmod(0o755)
    login = tree.root.issue_server(LOGIN)
    certificate_file, key_file = tree.root.issue_server(CERTIFICATE).write_pem(tmp_path_factory.mktemp("x509"))
    public = build_http_server(report_headers, host="127.0.0.1", port=0)
    listener = build_certificate_server(
        report_client, host="127.0.0.1", port=0, certificate_file=certificate_file, key_file=key_file,
        ca_names=lambda: [tree.issuing.certificate],
    )  # fmt: skip
    with running(public, listener):
        if request.param == "nginx":
            with nginx(folder, public.port, login) as port:
                yield Front(port, login)
        else:
            with haproxy(folder, public.port, login, certificate_port=listener.port) as port:
                yield Front(port, login)


def fetch(front: Front, context: ssl.SSLContext, host: str, *fields: bytes) -> tuple[bytes, dict[str, Any]]:
    """Return the server's certificate in DER and the JSON that comes for *host*."""
    with connected(front.port, context, host=host) as tls:
        head = (b"GET / HTTP/1.1", b"host: " + host.encode(), b"connection: close", *fields, b"", b"")
        tls.sendall(b"\r\n".join(head))
        certificate = tls.getpeercert(binary_form=True)
        report: dict[str, Any] = json.loads(read_to_end(tls).partition(b"\r\n\r\n")[2])
    return certificate or b"", report


def test_address_of_the_browser_arrives_and_no_invented_one(front: Front, tree: Tree, tmp_path: Path) -> None:
    """The proxy's word replaces what the browser says of itself."""
    context = client_context(tree.root, tmp_path)
    certificate, headers = fetch(front, context, LOGIN, b"x-forwarded-for: 203.0.113.9")

    assert certificate == front.login.der
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["host"] == LOGIN


def test_login_host_asks_for_no_certificate(front: Front, tree: Tree, tmp_path: Path) -> None:
    """A person who only types a password is not bothered; one that is offered all the same goes nowhere."""
    context = client_context(tree.root, tmp_path, tree.issuing.issue())
    _, headers = fetch(front, context, LOGIN)

    assert not [name for name in headers if "cert" in name]


@pytest.mark.parametrize("front", ["haproxy"], indirect=True)
def test_certificate_host_on_the_same_port_ends_tls_itself(front: Front, tree: Tree, tmp_path: Path) -> None:
    """Told apart by the name, the connection arrives as the browser made it, its certificate too."""
    issued = tree.issuing.issue()
    certificate, report = fetch(front, client_context(tree.root, tmp_path, issued), CERTIFICATE)

    assert certificate != front.login.der
    assert report["leaf"] == issued.der.hex()
