"""A complete provider in one process, and a browser for it that needs no window.

The browser keeps cookies, reads forms out of the pages, and carries client certificates; it goes to the certificate host as a real
one does, and hands over what its TLS would have.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from starlette.applications import Starlette
from starlette.testclient import TestClient

from idp.app import create_app
from idp.clients.clients import create_client
from idp.encryption import create_master_key
from idp.login.certificate_host import build_certificate_host
from idp.mail.outbox import read_content
from idp.models import OutgoingMail, Realm, User
from idp.provisioning import provision_realm
from idp.settings import read_settings
from idp.users.users import create_user
from idp.web.client_certificate import ClientTLS
from idp.web.services import Services
from tests.clock import FixedClock

PUBLIC = "http://localhost:8080"
CALLBACK = "http://localhost:3000/callback"
PASSWORD = "alice-test-password"
VERIFIER = "a" * 64
CHALLENGE = "_-BU_nrgy23GXDr5th1SCfQ5hR20PQulmXM33xVGaOs"


@dataclass
class Page:
    """What the browser shows: address, status, HTML."""

    url: str
    status: int
    html: str
    headers: Mapping[str, str]
    content: bytes = b""

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.html))

    @property
    def title(self) -> str:
        match = re.search(r"<h1[^>]*>(.*?)</h1>", self.html, re.S)
        return re.sub(r"<[^>]+>", "", match.group(1)).strip() if match else ""

    @property
    def query(self) -> dict[str, str]:
        parts = urlsplit(self.url)
        return {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}


class Forms(HTMLParser):
    """The forms of a page: action, fields, the texts of their buttons, and what the first button with a name sends."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._button = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(
                {"action": values.get("action", ""), "fields": {}, "buttons": [], "sent": {}, "open": True}
            )
        elif self.forms and self.forms[-1]["open"]:
            fields = self.forms[-1]["fields"]
            if tag == "input" and values.get("type") in {"checkbox", "radio"}:
                if "checked" in dict(attrs):
                    fields[values["name"]] = values.get("value", "on")
            elif tag == "input" and values.get("name"):
                fields[values["name"]] = values.get("value", "")
            elif tag == "select":
                self._select = values["name"]
            elif tag == "option" and "selected" in dict(attrs):
                fields[self._select] = values["value"]
            elif tag == "button":
                self._button = True
                self.forms[-1]["buttons"].append("")
                if values.get("name") and not self.forms[-1]["sent"]:
                    self.forms[-1]["sent"] = {values["name"]: values.get("value", "")}

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.forms:
            self.forms[-1]["open"] = False
        if tag == "button":
            self._button = False

    def handle_data(self, data: str) -> None:
        if self._button:
            self.forms[-1]["buttons"][-1] += data.strip()


@dataclass
class Browser:
    """One browser with its own cookies; `certificate` (DER) is what it presents, None for nothing."""

    provider: "Provider"
    certificate: bytes | None = None
    tls: ClientTLS | None = None
    page: Page = field(default_factory=lambda: Page("", 0, "", {}))
    hops: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = TestClient(
            self.provider.app, base_url=PUBLIC, follow_redirects=False, raise_server_exceptions=False
        )

    def get(self, url: str, **headers: str) -> Page:
        return self._go("GET", urljoin(PUBLIC, url), None, headers)

    def post(self, url: str, fields: Mapping[str, str], **headers: str) -> Page:
        return self._go("POST", urljoin(PUBLIC, url), fields, headers)

    def press(self, button: str, **fields: str | None) -> Page:
        """Press *button* on the page after filling in *fields* (None unticks a box)."""
        for form in Forms(self.page.html).forms:
            if button in form["buttons"]:
                values = {**form["fields"], **fields}
                return self.post(
                    form["action"] or self.page.url, {key: value for key, value in values.items() if value is not None}
                )
        raise AssertionError(f"no button {button!r} on {self.page.title!r}: {self.page.text[:600]}")

    def follow(self, label: str) -> Page:
        """Follow the link with the text *label*."""
        for href, text in re.findall(r'<a[^>]*href="([^"]*)"[^>]*>(.*?)</a>', self.page.html, re.S):
            if re.sub(r"<[^>]+>", "", text).strip() == label:
                return self.get(href.replace("&amp;", "&"))
        raise AssertionError(f"no link {label!r} on {self.page.title!r}: {self.page.text[:600]}")

    def has(self, label: str) -> bool:
        return label in self.page.text

    def _go(self, method: str, url: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> Page:
        self.hops = []
        for _ in range(20):
            self.hops.append(url)
            if not url.startswith((PUBLIC, "https://")):
                self.page = Page(url, 0, "", {})
                return self.page
            if url.startswith("https://"):
                response = self.visit_certificate_host(url)
            else:
                response = self.client.request(method, url, data=fields, headers=dict(headers))
            if response.status_code not in {301, 302, 303, 307, 308}:
                break
            method, url, fields = "GET", urljoin(url, response.headers["location"]), None
        else:
            raise AssertionError(f"redirects without end: {self.hops[-4:]}")
        self.page = Page(url, response.status_code, response.text, response.headers, response.content)
        return self.page

    def begin_attempt(self) -> str:
        """Press *Continue with certificate* and return the certificate host's address without going there."""
        token = Forms(self.page.html).forms[-1]["fields"]["csrf_token"]
        return str(self.client.post(self.page.url, data={"csrf_token": token}).headers["location"])

    def visit_certificate_host(self, url: str, host: str | None = None) -> Any:
        """Open *url* as a browser does that presents its certificate; *host* forges the Host header."""
        tls = self.tls or ClientTLS(self.certificate, (), False, None, "TLSv1.3")

        async def with_tls(scope: Any, receive: Any, send: Any) -> None:
            scope = {**scope, "state": {**scope.get("state", {}), "tls": tls, "peer": ("127.0.0.1", 1)}}
            await self.provider.certificate_host(scope, receive, send)

        parts = urlsplit(url)
        client = self.provider.http(with_tls, f"{parts.scheme}://{parts.netloc}")
        return client.get(url, headers={} if host is None else {"host": host})


@dataclass
class Provider:
    """The running parts, with a realm `demo`, the users alice and bob, and two applications."""

    app: Starlette
    certificate_host: Starlette
    services: Services
    clock: FixedClock

    def __post_init__(self) -> None:
        self.portal = TestClient(self.app)

    def http(self, app: Any, base_url: str) -> TestClient:
        """Return a client for *app* that shares one event loop with all others of this provider."""
        client = TestClient(app, base_url=base_url, follow_redirects=False, raise_server_exceptions=False)
        client.portal = self.portal.portal
        return client

    def browser(self, certificate: bytes | None = None) -> Browser:
        return Browser(self, certificate)

    def authorization_url(self, client_id: str = "app", **parameters: str) -> str:
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid profile email x509",
            "state": "state",
            "nonce": "nonce",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **parameters,
        }
        return f"{PUBLIC}/realms/demo/protocol/openid-connect/auth?{urlencode(query)}"

    def redeem(self, code: str, client_id: str = "app") -> dict[str, Any]:
        """Exchange *code* and return the token response with the ID Token's claims under `claims`."""
        from joserfc import jwt
        from joserfc.jwk import KeySet

        client = self.http(self.app, PUBLIC)
        base = "/realms/demo/protocol/openid-connect"
        response = client.post(
            f"{base}/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": CALLBACK,
                "client_id": client_id,
                "client_secret": "app-secret",
                "code_verifier": VERIFIER,
            },
        )
        tokens = dict(response.json())
        if "id_token" in tokens:
            keys = KeySet.import_key_set(client.get(f"{base}/certs").json())
            tokens["claims"] = jwt.decode(tokens["id_token"], keys).claims
        return tokens

    def set_realm(self, **values: Any) -> None:
        with self.services.database.transaction() as session:
            realm = session.query(Realm).filter_by(name="demo").one()
            for name, value in values.items():
                setattr(realm, name, value)
        self.services.realms.clear()

    def user(self, username: str = "alice") -> User:
        with self.services.database.transaction() as session:
            return session.query(User).filter_by(username=username).one()

    def mails(self, template: str | None = None) -> list[str]:
        """Return the texts of the queued mails, oldest first."""
        with self.services.database.transaction() as session:
            rows = session.query(OutgoingMail).order_by(OutgoingMail.created_at, OutgoingMail.id).all()
            chosen = [row for row in rows if template in (None, row.template)]
            return [read_content(row, self.services.cipher).text for row in chosen]


def sign_in(browser: Browser, username: str = "alice", password: str = PASSWORD, **parameters: str) -> Page:
    """Open the authorization endpoint and give the password."""
    browser.get(browser.provider.authorization_url(**parameters))
    return browser.press("Sign in", username=username, password=password)


def enrol(browser: Browser, *, name: str = "Laptop") -> bytes:
    """Download a certificate in the dashboard and return it in DER, as the system would have it after the import."""
    stored = download(browser, name=name)
    assert stored.cert is not None
    return stored.cert.certificate.public_bytes(Encoding.DER)


def download(browser: Browser, *, name: str = "Laptop") -> pkcs12.PKCS12KeyAndCertificates:
    """Download a certificate in the dashboard and return what is in the file, its key too."""
    browser.get("/realms/demo/account/two-factor/enrol")
    password = Forms(browser.page.html).forms[-1]["fields"]["generated_password"]
    browser.press("Download", device_name=name)
    assert browser.page.headers["content-type"] == "application/x-pkcs12"
    return pkcs12.load_pkcs12(browser.page.content, password.encode())


def enable_two_factor(browser: Browser) -> list[str]:
    """Enrol, install, test and switch on; return the recovery codes."""
    browser.certificate = enrol(browser)
    browser.get("/realms/demo/account/two-factor")
    browser.press("Test my certificate")
    browser.get("/realms/demo/account/two-factor")
    browser.press("Save Changes", enabled="yes")
    return re.findall(r"<code>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</code>", browser.page.html)


def open_dashboard(browser: Browser, username: str = "alice", password: str = PASSWORD) -> Page:
    """Sign in to the dashboard."""
    browser.get("/realms/demo/account/")
    if browser.page.title != "Overview" and "Sign in" in browser.page.text:
        browser.press("Sign in", username=username, password=password)
    return browser.page


@contextmanager
def run_provider(database_url: str, directory: Path, **settings: Any) -> Iterator[Provider]:
    """Yield a provider on an empty, migrated database."""
    if database_url.startswith("sqlite"):
        _copy_planted(Path(database_url.removeprefix("sqlite:///")), directory)
    create_master_key(directory / "master.key")
    provider = _open(database_url, directory, settings)
    services = provider.services
    if services.realms.get("demo") is None:
        _plant(services)
        services.realms.clear()
    with provider.portal:
        yield provider
    services.ephemeral.close()
    services.database.close()


def _open(database_url: str, directory: Path, settings: Mapping[str, Any]) -> Provider:
    values = {
        "database_url": database_url,
        "master_key_file": directory / "master.key",
        "argon2_memory_kib": 8192,
        "argon2_iterations": 1,
        **settings,
    }
    clock = FixedClock()
    app = create_app(read_settings(environ={}, **values), clock=clock)
    return Provider(app, build_certificate_host(app.state.services), app.state.services, clock)


_planted: list[tuple[bytes, bytes]] = []  # database and master key: keys and authorities take a while to make


def _copy_planted(database: Path, directory: Path) -> None:
    """Fill the migrated *database* with what `_plant` makes, which is made once in a process."""
    key_file = directory / "master.key"
    if not _planted:
        create_master_key(key_file)
        services = _open(f"sqlite:///{database}", directory, {}).services
        _plant(services)
        with services.database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        services.ephemeral.close()
        services.database.close()
        _planted.append((database.read_bytes(), key_file.read_bytes()))
    content, key = _planted[0]
    database.write_bytes(content)
    key_file.write_bytes(key)


def _plant(services: Services) -> None:
    with services.database.transaction() as session:
        realm = provision_realm(session, services.cipher, services.clock, public_url=PUBLIC, name="demo")
        for name in ("alice", "bob"):
            create_user(
                session,
                services.passwords,
                services.clock,
                realm_id=realm.id,
                username=name,
                password=f"{name}-test-password",
                email=f"{name}@example.org",
                email_verified=True,
                given_name=name.title(),
            )
        for client_id, policy in (("app", "realm"), ("second", "realm"), ("strict", "required")):
            create_client(
                session,
                services.cipher,
                services.clock,
                realm_id=realm.id,
                client_id=client_id,
                secret="app-secret",
                redirect_uris=[CALLBACK],
                home_uri="http://localhost:3000/",
                certificate_policy=policy,
                name=client_id.title(),
            )
