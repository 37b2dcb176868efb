"""A realm and a cipher."""

import pytest

from idp.encryption import Cipher
from idp.realms.realms import create_realm
from idp.storage.database import Database
from tests.clock import FixedClock


@pytest.fixture
def cipher() -> Cipher:
    """A cipher under a fixed master key."""
    return Cipher(bytes(range(32)))


@pytest.fixture
def realm_id(database: Database, clock: FixedClock) -> str:
    """A realm without keys."""
    with database.transaction() as session:
        return create_realm(session, clock, name="demo").id
