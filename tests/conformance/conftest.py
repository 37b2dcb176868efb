"""The provider under test, and the suite's client."""

import pytest

from tests.conformance.robot import Robot
from tests.login.conftest import provider
from tests.provider import Provider

__all__ = ["provider", "robot"]


@pytest.fixture(params=["", "form_post"], ids=["query", "form_post"])
def robot(request: pytest.FixtureRequest, provider: Provider) -> Robot:
    """A client of the Basic plan, and one of the Form Post plan."""
    return Robot(provider, response_mode=request.param)
