"""The provider that the protocol's tests talk to."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clock import FixedClock
from tests.oidc.provider import Provider, open_provider


@pytest.fixture
def provider(database_url: str, tmp_path: Path, clock: FixedClock) -> Iterator[Provider]:
    """A provider with nobody signed in."""
    with open_provider(database_url, tmp_path, clock) as provider:
        yield provider


@pytest.fixture
def signed_in(provider: Provider) -> Provider:
    """The provider, and alice signed in with her password."""
    provider.sign_in()
    return provider
