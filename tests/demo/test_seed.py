"""The demo's data: complete after the first start, kept by the next, its addresses following the ports."""

from pathlib import Path

import pytest
from sqlalchemy import select

from idp.clients.clients import find_client
from idp.demo.options import DemoOptions
from idp.demo.seed import Seed, build_applications
from idp.encryption import Cipher
from idp.models import CertificateAuthority, Client, Realm, SigningKey, User
from idp.provisioning import ACCOUNT_CONSOLE, ADMIN_CONSOLE
from idp.storage.database import Database
from idp.users.authority import find_authority_of_user
from idp.users.passwords import Argon2Parameters, PasswordHasher
from tests.clock import FixedClock

URL = "http://localhost:8080"


@pytest.fixture
def seed(database: Database, clock: FixedClock, tmp_path: Path) -> Seed:
    """A seed that has not been planted."""
    return Seed(database, Cipher(b"k" * 32), PasswordHasher(Argon2Parameters(64, 1, 1)), clock)


def client_of(database: Database, client_id: str) -> Client:
    """Return a client of the realm demo."""
    with database.transaction() as session:
        realm_id = session.scalars(select(Realm.id).where(Realm.name == "demo")).one()
        client = find_client(session, realm_id, client_id)
        assert client is not None
        return client


@pytest.mark.every_database
def test_first_planting_makes_everything(seed: Seed, database: Database) -> None:
    """Realms with keys and authorities, people whose passwords are right, applications at their addresses."""
    seed.plant(URL, build_applications(DemoOptions()))
    with database.transaction() as session:
        realms = {realm.id: realm.name for realm in session.scalars(select(Realm))}
        users = {user.username: user for user in session.scalars(select(User))}
        assert sorted(realms.values()) == ["demo", "master"]
        assert {realms[key.realm_id] for key in session.scalars(select(SigningKey))} == {"demo", "master"}
        assert {realms[ca.realm_id] for ca in session.scalars(select(CertificateAuthority))} == {"demo", "master"}
    assert sorted(users) == ["admin", "alice", "bob"]
    assert (users["alice"].email, users["alice"].email_verified) == ("alice@example.org", True)
    assert users["alice"].name == "Alice Example"
    for name, user in users.items():
        seed.passwords.verify(f"{name}-demo-password", user.password_hash)
    app = client_of(database, "demo-app")
    assert app.redirect_uris == ["http://localhost:3000/callback"]
    assert app.post_logout_redirect_uris == ["http://localhost:3000/"]
    assert client_of(database, "demo-app-2").redirect_uris == ["http://localhost:3000/second/callback"]
    assert client_of(database, "demo-cli").secret_encrypted is None


def test_second_planting_changes_nothing(seed: Seed, database: Database) -> None:
    """Accounts keep their subjects and passwords."""
    seed.plant(URL, build_applications(DemoOptions()))
    with database.transaction() as session:
        before = {user.id: user.password_hash for user in session.scalars(select(User))}
    seed.plant(URL, build_applications(DemoOptions()))
    with database.transaction() as session:
        assert {user.id: user.password_hash for user in session.scalars(select(User))} == before


def test_moved_ports_move_the_registered_addresses(seed: Seed, database: Database) -> None:
    """Of the applications and of the dashboard; nothing of the old ports stays allowed."""
    seed.plant(URL, build_applications(DemoOptions()))
    seed.plant("http://localhost:9080", build_applications(DemoOptions(app_port=9300)))
    assert client_of(database, "demo-app").redirect_uris == ["http://localhost:9300/callback"]
    assert client_of(database, "demo-app").home_uri == "http://localhost:9300/"
    console = client_of(database, ACCOUNT_CONSOLE)
    assert console.redirect_uris == ["http://localhost:9080/realms/demo/account/callback"]
    assert console.post_logout_redirect_uris == ["http://localhost:9080/realms/demo/account/"]
    assert client_of(database, ADMIN_CONSOLE).redirect_uris == ["http://localhost:9080/admin/demo/console/_/callback"]


def test_administrator_of_master_may_do_everything(seed: Seed, database: Database) -> None:
    """Also after the demo was started again, and nobody else may."""
    seed.plant(URL, build_applications(DemoOptions()))
    seed.plant(URL, build_applications(DemoOptions()))
    with database.transaction() as session:
        authorities = {
            user.username: find_authority_of_user(session, user.id).everything for user in session.scalars(select(User))
        }
    assert authorities == {"admin": True, "alice": False, "bob": False}


def test_renamed_person_is_not_made_again(seed: Seed, database: Database) -> None:
    """Somebody who tried out another username finds the demo starting all the same."""
    seed.plant(URL, build_applications(DemoOptions()))
    with database.transaction() as session:
        session.scalars(select(User).where(User.username == "bob")).one().username = "robert"
    seed.plant(URL, build_applications(DemoOptions()))
    with database.transaction() as session:
        assert session.scalars(select(User).where(User.username == "bob")).all() == []
