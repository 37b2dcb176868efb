"""A realm in which things happen."""

import pytest

from idp.storage.database import Database
from tests.clock import FixedClock
from tests.people import Household, found_household


@pytest.fixture
def home(database: Database, clock: FixedClock) -> Household:
    """A realm with alice in it."""
    return found_household(database, clock)
