"""Two realms and ``master`` behind the whole application, with administrators of every kind."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from idp.app import create_app
from idp.clients.clients import create_client, find_client, get_client
from idp.encryption import create_master_key
from idp.keys.signing_keys import create_signing_keys
from idp.keys.spare_keys import make_keys_of_realm
from idp.models import MASTER, Client, Event, User
from idp.provisioning import ensure_management
from idp.realms.realms import create_realm, get_realm
from idp.settings import Settings
from idp.users.management_roles import get_permission
from idp.users.role_mappings import give_roles
from idp.users.service_accounts import ensure_service_account
from idp.users.users import create_user
from idp.web.services import Services
from tests.clock import FixedClock

URL = "https://idp.example"
PASSWORD = "correct horse battery"
SECRET = "robot-secret"
REALMS = (MASTER, "demo", "other")
_keys: list[Any] = []  # making RSA keys takes most of the time of a test


@dataclass
class World:
    """The application, and short ways to use it."""

    app: Starlette
    services: Services
    clock: FixedClock
    http: TestClient
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def transaction(self) -> Any:
        return self.services.database.transaction()

    def forget(self) -> None:
        """Clear the caches, as a second does."""
        for cache in (self.services.realms, self.services.clients, self.services.keyrings):
            cache.clear()

    def realm_id(self, name: str) -> str:
        with self.transaction() as session:
            return get_realm(session, name).id

    def client_row_id(self, realm: str, client_id: str) -> str:
        with self.transaction() as session:
            return get_client(session, get_realm(session, realm).id, client_id).id

    def add_person(self, realm: str, username: str, *roles: str, **columns: Any) -> str:
        """Make an account with a password; roles are names of realm-management, ``admin``, ``create-realm`` or ``<realm>:<role>``."""
        with self.transaction() as session:
            row = get_realm(session, realm)
            user = create_user(
                session,
                self.services.passwords,
                self.clock,
                realm_id=row.id,
                username=username,
                password=PASSWORD,
                email=f"{username}@example.org",
            )
            for name, value in columns.items():
                setattr(user, name, value)
            give_roles(session, user.id, [get_permission(session, row, role) for role in roles])
            return user.id

    def add_client(self, realm: str, client_id: str, *, secret: str | None = SECRET, **columns: Any) -> str:
        with self.transaction() as session:
            row = create_client(
                session,
                self.services.cipher,
                self.clock,
                realm_id=get_realm(session, realm).id,
                client_id=client_id,
                secret=secret,
                grant_types=columns.pop("grant_types", ("refresh_token",)),
                scope=columns.pop("scope", "openid profile email"),
            )
            for name, value in columns.items():
                setattr(row, name, value)
            session.flush()
        self.forget()
        return row.id

    def add_robot(self, realm: str, client_id: str, *roles: str) -> str:
        """Make a client with an account of its own, and return the account's id."""
        self.add_client(realm, client_id, grant_types=("client_credentials",))
        with self.transaction() as session:
            row = get_realm(session, realm)
            client = find_client(session, row.id, client_id)
            assert isinstance(client, Client)
            account = ensure_service_account(session, self.services.passwords, self.clock, client)
            give_roles(session, account.id, [get_permission(session, row, role) for role in roles])
            return account.id

    def token(self, realm: str, **form: Any) -> Any:
        """Send a token request of `admin-cli` unless *form* says otherwise."""
        path = f"/realms/{realm}/protocol/openid-connect/token"
        return self.http.post(path, data={"client_id": "admin-cli", **form})

    def sign_in(self, realm: str, username: str, **form: Any) -> str:
        """Return an access token of the person's."""
        sent = {"grant_type": "password", "username": username, "password": PASSWORD, "scope": "openid", **form}
        response = self.token(realm, **sent)
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    def sign_in_robot(self, realm: str, client_id: str) -> str:
        form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": SECRET}
        response = self.token(realm, **form)
        assert response.status_code == 200, response.text
        return str(response.json()["access_token"])

    def call(self, method: str, path: str, token: str | None = None, **more: Any) -> Any:
        """Send a request to the API; *token* is an access token."""
        headers = {**({} if token is None else {"authorization": f"Bearer {token}"}), **more.pop("headers", {})}
        return self.http.request(method, f"/admin{path}", headers=headers, **more)

    def user(self, user_id: str) -> User:
        with self.transaction() as session:
            return session.get_one(User, user_id)

    def events(self, tag: str) -> list[Event]:
        with self.transaction() as session:
            return list(session.scalars(select(Event).where(Event.tag == tag).order_by(Event.at)))


@contextmanager
def open_world(database_url: str, directory: Path, clock: FixedClock) -> Iterator[World]:
    """Yield a world whose realms have signing keys and the client `admin-cli`."""
    create_master_key(directory / "master.key")
    settings = Settings(
        public_url=URL,
        certificate_url="https://{label}.cert.example",
        database_url=database_url,
        master_key_file=directory / "master.key",
        argon2_memory_kib=8192,
        argon2_iterations=1,
    )
    app = create_app(settings, clock=clock)
    services: Services = app.state.services
    _keys.extend([make_keys_of_realm()] if not _keys else [])
    with services.database.transaction() as session:
        for name in REALMS:
            realm = create_realm(session, clock, name=name)
            create_signing_keys(session, services.cipher, clock, realm.id, spares=copy.deepcopy(_keys[0]))
            ensure_management(session, services.cipher, clock, realm)
    with TestClient(app, base_url=URL, follow_redirects=False, raise_server_exceptions=False) as http:
        world = World(app, services, clock, http)
        for name in REALMS:
            world.add_client(name, "admin-cli", secret=None, direct_access_grants_enabled=True, admin_api=True)
        yield world
    services.ephemeral.close()
    services.database.close()
