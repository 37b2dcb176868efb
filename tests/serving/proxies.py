"""Run nginx and HAProxy with the configurations that docs/proxies recommends, on other ports and files."""

import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.certificates import Authority, Issued
from tests.services import require_binary
from tests.serving.running import eventually

RECOMMENDED = Path(__file__).parents[2] / "docs" / "proxies"


@contextmanager
def nginx(folder: Path, upstream: int, server: Issued, authority: Authority) -> Iterator[int]:
    """Run nginx in front of *upstream*; the block gets its TLS port."""
    binary = require_binary("nginx", package="nginx")
    port = free_port()
    certificate_file, key_file = server.write_pem(folder)
    site = replace(
        (RECOMMENDED / "nginx.conf").read_text(),
        {
            "127.0.0.1:8443": f"127.0.0.1:{upstream}",
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/nginx/x509.example.org.pem": str(certificate_file),
            "/etc/nginx/x509.example.org.key": str(key_file),
            "/etc/nginx/countersign-issuing.pem": str(write_authority(folder, authority)),
        },
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}\n{site}\n}}\n"
    )
    with running_program([binary, "-p", str(folder), "-c", str(configuration)], port):
        yield port


@contextmanager
def haproxy(folder: Path, upstream: int, server: Issued, authority: Authority) -> Iterator[int]:
    """Run HAProxy in front of *upstream*; the block gets its TLS port."""
    binary = require_binary("haproxy", package="haproxy")
    port = free_port()
    certificate_file = folder / "haproxy.pem"
    certificate_file.write_text(server.chain_pem + server.key_pem)
    configuration = folder / "haproxy.cfg"
    configuration.write_text(
        replace(
            (RECOMMENDED / "haproxy.cfg").read_text(),
            {
                "127.0.0.1:8443": f"127.0.0.1:{upstream}",
                "bind :443 ssl": f"bind 127.0.0.1:{port} ssl",
                "/etc/haproxy/x509.example.org.pem": str(certificate_file),
                "/etc/haproxy/countersign-issuing.pem": str(write_authority(folder, authority)),
            },
        )
    )
    with running_program([binary, "-db", "-f", str(configuration)], port):
        yield port


Proxy = Callable[[Path, int, Issued, Authority], AbstractContextManager[int]]
PROXIES: dict[str, Proxy] = {"nginx": nginx, "haproxy": haproxy}


def replace(text: str, replacements: dict[str, str]) -> str:
    """Return *text* with everything replaced, all of which has to be there."""
    for old, new in replacements.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def write_authority(folder: Path, authority: Authority) -> Path:
    """Write the certificate of *authority* to a file."""
    file = folder / "authority.pem"
    file.write_text(authority.pem)
    return file


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running_program(command: list[str], port: int) -> Iterator[None]:
    """Run *command* until the block ends; it begins when *port* answers."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
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
