"""The same provider as the login's tests."""

from tests.login.conftest import browser, provider

__all__ = ["browser", "provider"]
