"""Secrets stay out of log lines, whatever way they take into them."""

import pytest

from idp.serving.masking import MASK, mask_secrets, mask_text

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    ["password", "secret", "token", "code", "refresh_token", "Authorization", "Cookie", "set-cookie", "client_secret",
     "code_verifier", "new_password", "id_token_hint", "csrf_token", "recovery_code"],
)  # fmt: skip
def test_field_with_a_secret_name_is_masked(name: str) -> None:
    """At the top and inside other values."""
    event = mask_secrets(None, "info", {"event": "x", name: "hidden", "more": [{name: "hidden"}]})
    assert event == {"event": "x", name: MASK, "more": [{name: MASK}]}


@pytest.mark.parametrize("name", ["status_code", "code_challenge_method", "username", "kid", "error"])
def test_harmless_field_is_kept(name: str) -> None:
    """What helps to find a fault."""
    assert mask_secrets(None, "info", {name: "shown"}) == {name: "shown"}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET /auth?code=abc&state=d HTTP/1.1", f"GET /auth?{MASK} HTTP/1.1"),
        ("what? no secret here", "what? no secret here"),
        ("postgresql://idp:s3cret@db/idp", f"postgresql://idp:{MASK}@db/idp"),
        ("redis://:s3cret@cache:6379/0", f"redis://:{MASK}@cache:6379/0"),
        ("Authorization: Bearer abcdefgh12345678", f"Authorization: Bearer {MASK}"),
        ("Basic ZGVtbzpzZWNyZXQ=", f"Basic {MASK}"),
        (f"issued {JWT} to demo", f"issued {MASK} to demo"),
        ("http://localhost:8080/health/ready", "http://localhost:8080/health/ready"),
    ],
)
def test_secret_inside_a_text_is_masked(text: str, masked: str) -> None:
    """By its look: query, password in an address, credentials, JSON Web Token."""
    assert mask_text(text) == masked


def test_values_that_are_no_text_stay_what_they_are() -> None:
    """Numbers remain numbers in JSON; objects become masked text."""
    event = mask_secrets(None, "info", {"status": 200, "ok": True, "none": None, "error": ValueError("?code=abc")})
    assert event == {"status": 200, "ok": True, "none": None, "error": f"?{MASK}"}
