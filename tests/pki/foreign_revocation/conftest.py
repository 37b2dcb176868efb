"""A server on loopback, and an anchor whose lists and answers come from it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from idp.storage.database import Database
from tests.certificates import Authority
from tests.clock import FixedClock
from tests.foreign_anchors import World, make_world
from tests.web_server import WebServer, web_server


@pytest.fixture
def clock() -> FixedClock:
    """The real present, which the certificates made in memory are dated around, standing still."""
    return FixedClock(datetime.now(UTC))


@pytest.fixture
def web() -> Iterator[WebServer]:
    """The foreign authority's server."""
    with web_server() as web:
        yield web


@pytest.fixture
def world(database: Database, clock: FixedClock, web: WebServer) -> World:
    """An anchor that nothing is known of yet."""
    root = Authority.create("Foreign Root")
    return make_world(database, clock, web, root, root.create_intermediate("Foreign Issuing"))
