"""A realm, a cipher, and key pairs in store."""

import copy

import pytest

from idp.encryption import Cipher
from idp.keys.algorithms import ALGORITHMS
from idp.keys.spare_keys import SpareKeys
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


@pytest.fixture(scope="session")
def _made_keys() -> SpareKeys:
    return SpareKeys(ALGORITHMS * 6)


@pytest.fixture
def spares(_made_keys: SpareKeys) -> SpareKeys:
    """Six key pairs for each algorithm, the same in every test: making them is slow."""
    return copy.deepcopy(_made_keys)


@pytest.fixture
def with_keys(database: Database, cipher: Cipher, clock: FixedClock, realm_id: str, spares: SpareKeys) -> list[str]:
    """Give the realm its keys; return the kids of the active ones."""
    from idp.keys.signing_keys import create_signing_keys

    with database.transaction() as session:
        return [key.kid for key in create_signing_keys(session, cipher, clock, realm_id, spares=spares)]
