"""A provider with the realms `master` and `demo`, and people who may administer more or less of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.admin.console.people import Desk, build_desk
from tests.provider import run_provider


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A provider, and administrators who can sign in to its console."""
    with run_provider(database_url, tmp_path) as provider:
        yield build_desk(provider)
