"""A complete provider for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provider import Browser, Provider, run_provider


@pytest.fixture
def provider(database_url: str, tmp_path: Path) -> Iterator[Provider]:
    """Run a provider with the users alice and bob."""
    with run_provider(database_url, tmp_path) as running:
        yield running


@pytest.fixture
def browser(provider: Provider) -> Browser:
    """Open a browser."""
    return provider.browser()
