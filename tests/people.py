"""A realm and people in it, for tests of the domain."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from idp.models import Realm, User
from idp.realms.realms import create_realm
from idp.storage.database import Database
from idp.users.passwords import Argon2Parameters, PasswordHasher
from idp.users.users import create_user
from tests.clock import FixedClock

PASSWORD = "correct horse battery"
QUICK = Argon2Parameters(memory_kib=64, iterations=1, lanes=1)
HASHER = PasswordHasher(QUICK, concurrency=20)


@dataclass(frozen=True)
class Household:
    """A database with one realm and one person, both committed."""

    database: Database
    clock: FixedClock
    realm: Realm
    user: User

    def user_now(self) -> User:
        """Return the person as the database has them now."""
        with self.database.transaction() as session:
            return session.get_one(User, self.user.id)


def found_household(database: Database, clock: FixedClock) -> Household:
    """Create the realm ``demo`` and alice in it."""
    with database.transaction() as session:
        realm = create_realm(session, clock, name="demo")
        user = add_user(session, clock, realm, "alice")
    return Household(database, clock, realm, user)


def add_user(session: Session, clock: FixedClock, realm: Realm, username: str, **values: Any) -> User:
    """Insert an account with `PASSWORD` and an address of its own."""
    defaults = {"email": f"{username}@example.org", "password": PASSWORD}
    return create_user(session, HASHER, clock, realm_id=realm.id, username=username, **{**defaults, **values})
