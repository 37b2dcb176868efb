"""The device grant needs pages to sign in on: a complete provider."""

from tests.login.conftest import provider

__all__ = ["provider"]
