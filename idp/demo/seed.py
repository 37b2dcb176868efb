"""Realms, people and applications of the demo; there already, they are kept, and their addresses follow the ports."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.clients.clients import create_client, find_client
from idp.clock import Clock
from idp.demo.options import DemoOptions
from idp.encryption import Cipher
from idp.models import MASTER, Realm, User
from idp.provisioning import ensure_realm, move_client
from idp.storage.database import Database
from idp.users.management_roles import ADMIN as ADMIN_ROLE
from idp.users.management_roles import find_realm_role
from idp.users.passwords import PasswordHasher
from idp.users.role_mappings import give_roles
from idp.users.users import create_user

DEMO = "demo"
ADMIN_CLI = "admin-cli"
LOOPBACK_REDIRECTS = ("http://127.0.0.1/callback", "http://[::1]/callback", "http://localhost/callback")


@dataclass(frozen=True)
class Person:
    """One account of the demo."""

    realm: str
    username: str
    password: str
    given_name: str
    family_name: str


@dataclass(frozen=True)
class Application:
    """One confidential client of the demo and the sample application behind it."""

    client_id: str
    secret: str
    title: str
    url: str


ADMIN = Person(MASTER, "admin", "admin-demo-password", "Ada", "Admin")
ALICE = Person(DEMO, "alice", "alice-demo-password", "Alice", "Example")
BOB = Person(DEMO, "bob", "bob-demo-password", "Bob", "Example")
PEOPLE = (ADMIN, ALICE, BOB)


def build_applications(options: DemoOptions) -> tuple[Application, Application]:
    """Return the two sample applications at the addresses that *options* give them."""
    return (
        Application("demo-app", "demo-app-secret", "Demo application", options.app_url),
        Application("demo-app-2", "demo-app-2-secret", "Second application", options.second_app_url),
    )


@dataclass(frozen=True)
class Seed:
    """Plants the demo's data; nothing of it is a secret."""

    database: Database
    cipher: Cipher
    passwords: PasswordHasher
    clock: Clock

    def plant(self, public_url: str, applications: Iterable[Application]) -> None:
        """Create what is missing and correct the addresses of what is there, in one transaction."""
        with self.database.transaction() as session:
            realms = {
                name: ensure_realm(
                    session, self.cipher, self.clock, public_url=public_url, name=name, display_name=title
                )
                for name, title in ((MASTER, "Administration"), (DEMO, "Demo"))
            }
            for person in PEOPLE:
                self._ensure_person(session, realms[person.realm], person)
            self._ensure_administration(session, realms[MASTER])
            for application in applications:
                self._ensure_application(session, realms[DEMO], application)
            self._ensure_command_line_client(session, realms[DEMO])

    def _ensure_person(self, session: Session, realm: Realm, person: Person) -> None:
        email = f"{person.username}@example.org"
        taken = or_(User.username == person.username, User.email == email)
        if session.scalar(select(User.id).where(User.realm_id == realm.id, taken).limit(1)) is None:
            create_user(
                session,
                self.passwords,
                self.clock,
                realm_id=realm.id,
                username=person.username,
                password=person.password,
                email=email,
                email_verified=True,
                given_name=person.given_name,
                family_name=person.family_name,
            )

    def _ensure_administration(self, session: Session, realm: Realm) -> None:
        """Let the administrator administer, also from command-line tools that ask for the password themselves."""
        admin = session.scalar(select(User.id).where(User.realm_id == realm.id, User.username == ADMIN.username))
        role = find_realm_role(session, realm.id, ADMIN_ROLE)
        if admin is not None and role is not None:
            give_roles(session, admin, [role])
        if find_client(session, realm.id, ADMIN_CLI) is None:
            client = create_client(
                session,
                self.cipher,
                self.clock,
                realm_id=realm.id,
                client_id=ADMIN_CLI,
                grant_types=("refresh_token",),
                scope="openid profile email",
                name="Administration from the command line",
            )
            client.direct_access_grants_enabled = client.admin_api = True

    def _ensure_application(self, session: Session, realm: Realm, application: Application) -> None:
        redirect_uri, home_uri = f"{application.url}/callback", f"{application.url}/"
        client = find_client(session, realm.id, application.client_id)
        if client is not None:
            move_client(client, redirect_uri, home_uri)
            return
        create_client(
            session,
            self.cipher,
            self.clock,
            realm_id=realm.id,
            client_id=application.client_id,
            secret=application.secret,
            redirect_uris=[redirect_uri],
            post_logout_redirect_uris=[home_uri],
            grant_types=("authorization_code", "refresh_token", "client_credentials"),
            name=application.title,
            home_uri=home_uri,
        )

    def _ensure_command_line_client(self, session: Session, realm: Realm) -> None:
        if find_client(session, realm.id, "demo-cli") is None:
            create_client(
                session,
                self.cipher,
                self.clock,
                realm_id=realm.id,
                client_id="demo-cli",
                redirect_uris=LOOPBACK_REDIRECTS,
                name="Demo command line",
            )
