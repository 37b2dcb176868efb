"""The application with its administrators."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.admin.api.household import Household, open_household
from tests.admin.api.world import World, open_world
from tests.clock import FixedClock
from tests.databases import Databases


@pytest.fixture
def world(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[World]:
    """Three realms without people."""
    with open_world(database_url, tmp_path, clock) as world:
        yield world


@pytest.fixture
def admin(world: World) -> str:
    """An access token of somebody who may do everything."""
    world.add_person("master", "root", "admin")
    return world.sign_in("master", "root")


@pytest.fixture(scope="module")
def household(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """One world for a module, whose people have certificates."""
    directory = tmp_path_factory.mktemp("household")
    with databases.create("sqlite", directory) as url, open_household(directory, url) as household:
        yield household
