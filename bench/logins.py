"""Signing in as a browser does: with a password, and with a password and a certificate over a real TLS handshake."""

import ssl
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from bench.browsing import Answer, Browser, Connection
from bench.protocol import Authorization, Code, read_code
from bench.world import PASSWORD, CertificateHolder


@dataclass(frozen=True)
class Credentials:
    """A person with the TLS context that presents their certificate."""

    username: str
    tls: ssl.SSLContext


@dataclass(frozen=True)
class Halfway:
    """A login that waits on the page before the certificate."""

    credentials: Credentials
    asked: Authorization
    cookies: dict[str, str]
    url: str


async def sign_in_with_password(connection: Connection, visit: tuple[str, Authorization]) -> Code:
    """From the authorization request to the code, in a browser that has no cookie."""
    username, asked = visit
    browser = Browser(connection)
    answer = await _give_password(browser, username, asked)
    return read_code(asked, await browser.get(answer.location))


async def begin_with_password(connection: Connection, visit: tuple[Credentials, Authorization]) -> Halfway:
    """From the authorization request to the redirect that leads to the certificate's page."""
    credentials, asked = visit
    browser = Browser(connection)
    answer = await _give_password(browser, credentials.username, asked)
    return Halfway(credentials, asked, browser.cookies, answer.location)


async def finish_with_certificate(connection: Connection, halfway: Halfway) -> Code:
    """From the certificate's page to the code, with a handshake on a host name that was never used."""
    browser = Browser(connection, dict(halfway.cookies))
    page = (await browser.get(halfway.url)).expect(200)
    attempt = (await browser.submit(halfway.url, page)).expect(303)
    verdict = await _present_certificate(halfway.credentials.tls, attempt.location)
    answer = (await browser.get(verdict.location)).expect(303)
    return read_code(halfway.asked, await browser.get(answer.location))


async def shake_hands(connection: Connection, visit: tuple[Credentials, int]) -> None:
    """Open and close a TLS connection to the certificate listener's port: what the handshake costs by itself."""
    del connection
    credentials, port = visit
    host = await Connection.open(port, tls=credentials.tls, server_hostname="handshake.cert.localhost")
    await host.close()


def build_credentials(holder: CertificateHolder, root: Path) -> Credentials:
    """Return what presents the holder's certificate, to servers of *root* alone."""
    context = ssl.create_default_context(cafile=root)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(holder.certificate + holder.key)
        file.flush()
        context.load_cert_chain(file.name)
    return Credentials(holder.username, context)


async def _give_password(browser: Browser, username: str, asked: Authorization) -> Answer:
    url = (await browser.get(asked.url)).expect(303).location
    page = (await browser.get(url)).expect(200)
    return (await browser.submit(url, page, username=username, password=PASSWORD)).expect(303)


async def _present_certificate(tls: ssl.SSLContext, url: str) -> Answer:
    parts = urlsplit(url)
    host = await Connection.open(parts.port or 443, tls=tls, server_hostname=parts.hostname)
    try:
        return (await host.get(url)).expect(303)
    finally:
        await host.close()
