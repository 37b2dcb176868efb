"""A provider to talk to: the protocol's routes over a database, with a realm, a person and clients."""

import base64
import copy
import hashlib
import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from idp.app import build_services
from idp.clients.clients import create_client
from idp.encryption import create_master_key
from idp.keys.signing_keys import create_signing_keys
from idp.keys.spare_keys import SpareKeys, make_keys_of_realm
from idp.login.begin import session_cookie_name
from idp.models import Realm, User
from idp.oidc.routes import build_routes
from idp.realms.realms import create_realm
from idp.sessions.sessions import Authentication, create_session
from idp.settings import Settings
from idp.storage.cache import MomentaryCache
from idp.users.users import create_user
from idp.web.services import Services
from tests.clock import FixedClock

URL = "https://idp.example"
ISSUER = f"{URL}/realms/demo"
CALLBACK = "https://app.example/callback"
SECRET = "a-secret:with-%signs+and=more"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
CERTIFICATE_CLAIMS = {
    "x509_subject": "CN=alice",
    "x509_issuer": "CN=Issuing CA",
    "x509_serial": "0a0b",
    "x5t#S256": "thumb",
}
_SCOPE = "openid profile email address phone x509 offline_access reports"


@dataclass
class Provider:
    """The application under test and short ways to use it."""

    app: Starlette
    services: Services
    clock: FixedClock
    realm_id: str
    user_id: str
    http: TestClient
    cookie: str = ""
    session_id: str = ""

    def path(self, name: str, realm: str = "demo") -> str:
        """Return the path of a protocol endpoint."""
        return f"/realms/{realm}/protocol/openid-connect/{name}"

    def transaction(self) -> Any:
        """Open a transaction of the test's own."""
        return self.services.database.transaction()

    def forget(self) -> None:
        """Clear the caches, as a second does."""
        for cache in (self.services.realms, self.services.clients, self.services.keyrings):
            cache.clear()

    def change_realm(self, **values: Any) -> None:
        """Change columns of the realm."""
        with self.transaction() as session:
            realm = session.get_one(Realm, self.realm_id)
            for name, value in values.items():
                setattr(realm, name, value)
        self.forget()

    def add_client(self, client_id: str, **values: Any) -> None:
        """Register a client; confidential with SECRET unless told otherwise. Other columns are set as they are."""
        defaults = {"secret": SECRET, "redirect_uris": [CALLBACK], "scope": _SCOPE, "pkce_required": False}
        known = inspect.signature(create_client).parameters.keys()
        with self.transaction() as session:
            row = create_client(
                session,
                self.services.cipher,
                self.clock,
                realm_id=values.pop("realm_id", self.realm_id),
                client_id=client_id,
                **{**defaults, **{name: value for name, value in values.items() if name in known}},
            )
            for name in values.keys() - known:
                setattr(row, name, values[name])
        self.forget()

    def sign_in(self, **authentication: Any) -> None:
        """Give the browser a session."""
        proven = {"auth_time": self.clock.now(), "acr": "1", "amr": ("pwd",), **authentication}
        with self.services.database.begin() as transaction:
            row, token = create_session(
                transaction,
                self.clock,
                user=transaction.session.get_one(User, self.user_id),
                authentication=Authentication(**proven),
                lifetime=timedelta(hours=10),
                address="192.0.2.1",
                user_agent="test",
            )
            self.session_id, self.cookie = row.id, f"__Host-{session_cookie_name('demo')}={token}"

    def sign_in_with_certificate(self) -> None:
        """Give the browser a session that a certificate was used for."""
        self.sign_in(acr="2", amr=("pwd", "x509"), second_factor="certificate", certificate_claims=CERTIFICATE_CLAIMS)

    def authorize(self, method: str = "GET", **parameters: Any) -> Any:
        """Send an authorization request of `app` with the browser's cookies; None leaves a parameter out."""
        sent = {
            "client_id": "app", "redirect_uri": CALLBACK, "response_type": "code", "scope": "openid", "state": "s~1",
            **parameters,
        }  # fmt: skip
        sent = {name: value for name, value in sent.items() if value is not None}
        headers = {"cookie": self.cookie} if self.cookie else {}
        if method == "POST":
            return self.http.post(self.path("auth"), data=sent, headers=headers)
        return self.http.get(self.path("auth"), params=sent, headers=headers)

    def get_code(self, **parameters: Any) -> str:
        """Return a fresh code."""
        return answer_of(self.authorize(**parameters))["code"]

    def token(self, *, auth: Any = ("app", SECRET), headers: dict[str, str] | None = None, **form: Any) -> Any:
        """Send a token request."""
        sent = {**basic(*auth), **(headers or {})} if auth else headers
        return self.http.post(self.path("token"), data=form, headers=sent)

    def exchange_code(self, code: str, **form: Any) -> Any:
        """Exchange a code; keyword arguments replace or add."""
        return self.token(**{"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **form})

    def refresh(self, refresh_token: str, **form: Any) -> Any:
        """Use a refresh token."""
        return self.token(**{"grant_type": "refresh_token", "refresh_token": refresh_token, **form})

    def get_tokens(self, **parameters: Any) -> dict[str, Any]:
        """Return the tokens of a fresh authorization."""
        response = self.exchange_code(self.get_code(**parameters))
        assert response.status_code == 200, response.text
        return response.json()

    def userinfo(self, access_token: str, **headers: str) -> Any:
        """Ask UserInfo with a bearer token."""
        return self.http.get(self.path("userinfo"), headers={"authorization": f"Bearer {access_token}", **headers})

    def introspect(self, token: str, auth: tuple[str, str] = ("app", SECRET)) -> dict[str, Any]:
        """Return what introspection says."""
        response = self.http.post(self.path("token/introspect"), data={"token": token}, headers=basic(*auth))
        assert response.status_code == 200, response.text
        return response.json()

    def revoke(self, token: str, auth: tuple[str, str] = ("app", SECRET)) -> Any:
        """Revoke a token."""
        return self.http.post(self.path("revoke"), data={"token": token}, headers=basic(*auth))

    def events(self, tag: str) -> list[Any]:
        """Return the events with that tag."""
        from sqlalchemy import select

        from idp.models import Event

        with self.transaction() as session:
            return list(session.scalars(select(Event).where(Event.tag == tag)))


@contextmanager
def open_provider(
    database_url: str, directory: Path, clock: FixedClock, redis_url: str | None = None
) -> Iterator[Provider]:
    """Yield a provider with the realm `demo`, the person alice and the clients `app` and `spa`."""
    key = directory / "master.key"
    create_master_key(key)
    settings = Settings(
        public_url=URL, certificate_url="https://{label}.cert.example", database_url=database_url, redis_url=redis_url,
        master_key_file=key, argon2_memory_kib=8192, argon2_iterations=1,
    )  # fmt: skip
    services = build_services(settings, clock)
    services = replace(
        services, **{name: _patient(getattr(services, name)) for name in ("realms", "clients", "keyrings")}
    )
    with services.database.transaction() as session:
        realm_id, user_id = _seed(session, services, clock)
    app = Starlette(routes=build_routes())
    app.state.services = services
    with TestClient(app, base_url=URL, follow_redirects=False) as http:
        provider = Provider(app, services, clock, realm_id, user_id, http)
        provider.add_client("app", post_logout_redirect_uris=["https://app.example/bye"], name="The App")
        provider.add_client("spa", secret=None, web_origins=["https://spa.example"])
        yield provider
    services.ephemeral.close()
    services.database.close()


def _patient(cache: MomentaryCache[Any, Any]) -> MomentaryCache[Any, Any]:
    # Tests say themselves when a second has passed.
    load: Callable[[Any], Any] = cache._load
    return MomentaryCache(load, lifetime=3600)


def _seed(session: Session, services: Services, clock: FixedClock) -> tuple[str, str]:
    for name in ("other", "demo"):
        realm = create_realm(session, clock, name=name)
        create_signing_keys(session, services.cipher, clock, realm.id, spares=copy.deepcopy(_keys_of(name)))
    user = create_user(
        session, services.passwords, clock, realm_id=realm.id, username="alice", password=None,
        email="alice@example.org", email_verified=True, given_name="Alice", family_name="Adams",
    )  # fmt: skip
    user.attributes = {"phone_number": ["+49 30 1"], "locality": ["Berlin"], "nickname": ["Al"]}
    return realm.id, user.id


@lru_cache
def _keys_of(_realm: str) -> SpareKeys:
    # Making RSA keys takes most of the time of a test.
    return make_keys_of_realm()


def basic(client_id: str, secret: str) -> dict[str, str]:
    """Return the header of client_secret_basic, encoded as RFC 6749 section 2.3.1 has it."""
    from urllib.parse import quote_plus

    joined = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return {"authorization": "Basic " + base64.b64encode(joined.encode()).decode()}


def decode_claims(token: str) -> dict[str, Any]:
    """Return what a JWT says, unverified."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def answer_of(response: Any) -> dict[str, str]:
    """Return the parameters that a redirect to the callback carries in its query."""
    assert response.status_code == 303, (response.status_code, response.text[:500])
    location = urlsplit(response.headers["location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == CALLBACK, location
    return dict(parse_qsl(location.query, strict_parsing=True))
