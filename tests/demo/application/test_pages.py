"""Claims are shown so that people can read them."""

import pytest

from idp.demo.application.pages import format_claim


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("auth_time", 0, "1970-01-01 00:00:00 UTC (0)"),
        ("amr", ["pwd", "x509"], "pwd, x509"),
        ("email_verified", True, "yes"),
        ("address", {"locality": "Berlin"}, "locality: Berlin"),
        ("sub", "a", "a"),
    ],
)
def test_claim_is_shown_as_text(name: str, value: object, shown: str) -> None:
    """Instants become dates, lists are joined."""
    assert format_claim(value, name) == shown
