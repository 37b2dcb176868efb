"""Apache with mod_auth_openidc in front of an application that answers with what it is told about the person."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.relying_parties.chromium import Everywhere
from tests.relying_parties.installation import FOLDER
from tests.relying_parties.registrations import Registered
from tests.services import leave_out, require_binary
from tests.serving.proxies import running_program
from tests.web_server import Asked, Reply, web_server

_MODULE = Path("/usr/lib/apache2/modules/mod_auth_openidc.so")
_USER = "www-data"  # Apache refuses to serve as root; for anybody else the directive counts for nothing
CLAIM = "oidc_claim_"


@dataclass(frozen=True)
class Site:
    """A port of Apache, and the client that it is there."""

    port: int
    client: Registered
    method: str = "client_secret_basic"

    @property
    def url(self) -> str:
        """Where browsers find it."""
        return site_url(self.port)


def site_url(port: int) -> str:
    """Return the address of the site at *port*."""
    return f"http://localhost:{port}"


@contextmanager
def open_apache(folder: Path, issuer: str, sites: Sequence[Site]) -> Iterator[None]:
    """Run Apache with *sites*; the log is in *folder*."""
    binary = find_apache()
    with web_server() as application:
        application.replies = Everywhere(_tell)
        configuration = folder / "apache.conf"
        texts = [_configure(site, issuer, application.port) for site in sites]
        template = (FOLDER / "apache.conf").read_text()
        configuration.write_text(template.format(folder=folder, user=_USER, sites="\n".join(texts)))
        with running_program([binary, "-D", "FOREGROUND", "-f", str(configuration)], sites[-1].port):
            yield


def find_apache() -> str:
    """Return the path of Apache; leave the test out where it or its module is missing."""
    binary = require_binary("apache2", package="apache2-bin")
    if not _MODULE.exists():
        leave_out("needs Apache's mod_auth_openidc, of Debian's package libapache2-mod-auth-openidc")
    return binary


def _configure(site: Site, issuer: str, backend: int) -> str:
    return (
        (FOLDER / "apache_site.conf")
        .read_text()
        .format(
            port=site.port,
            url=site.url,
            issuer=issuer,
            client_id=site.client.client_id,
            secret=site.client.secret,
            method=site.method,
            passphrase=secrets.token_hex(16),
            cookie=f"site_{site.port}",
            backend=backend,
        )
    )


def _tell(asked: Asked) -> Reply:
    claims = {name: value for name, value in asked.headers.items() if name.startswith(CLAIM)}
    return Reply(json.dumps(claims).encode())
