"""The application with its administrators."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.admin.api.world import World, open_world
from tests.clock import FixedClock


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
