"""A realm in which clients are registered."""

import pytest

from idp.storage.database import Database
from tests.clock import FixedClock
from tests.people import Household, found_household


@pytest.fixture
def home(database: Database, clock: FixedClock) -> Household:
    """A realm."""
    return found_household(database, clock)
