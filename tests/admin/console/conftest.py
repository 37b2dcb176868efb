"""A provider with the realms `master` and `demo`; one for all tests of a module, each of which hires its own people."""

from collections.abc import Iterator

import pytest

from tests.admin.console.people import Desk, build_desk
from tests.databases import Databases
from tests.provider import run_provider


@pytest.fixture(scope="module")
def desk(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A provider, and administrators who can sign in to its console."""
    folder = tmp_path_factory.mktemp("desk")
    with databases.create("sqlite", folder) as url, run_provider(url, folder) as provider:
        yield build_desk(provider)
