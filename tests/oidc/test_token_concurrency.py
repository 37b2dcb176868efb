"""Ten at once: of a code or refresh token at most one use succeeds, on every database and with Redis."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from tests.clock import FixedClock
from tests.oidc.provider import Provider, open_provider

_AT_ONCE = 10


@pytest.fixture(params=["sql", "redis"])
def contested(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path, clock: FixedClock
) -> Iterator[Provider]:
    redis_url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    with open_provider(database_url, tmp_path, clock, redis_url) as provider:
        provider.sign_in()
        yield provider


def at_once(send: Any) -> list[Any]:
    """Return the answers of ten requests sent in the same moment."""
    barrier = Barrier(_AT_ONCE)

    def wait_and_send(_: int) -> Any:
        barrier.wait()
        return send()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(wait_and_send, range(_AT_ONCE)))


@pytest.mark.every_database
def test_code_used_ten_times_at_once_leaves_no_live_token(contested: Provider) -> None:
    """Exactly one use gets tokens, and they are revoked by the others (RFC 6749 section 4.1.2)."""
    for _ in range(3):
        code = contested.get_code()
        answers = at_once(lambda code=code: contested.exchange_code(code))
        winners = [answer.json() for answer in answers if answer.status_code == 200]
        assert len(winners) == 1
        assert {answer.json()["error"] for answer in answers if answer.status_code != 200} == {"invalid_grant"}
        for tokens in winners:
            assert contested.userinfo(tokens["access_token"]).status_code == 401
            assert contested.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.every_database
def test_refresh_token_used_ten_times_at_once_by_one_browser_gives_one_successor(contested: Provider) -> None:
    """Exactly one wins; the others are identical retries, so what it got stays good."""
    token = contested.get_tokens()["refresh_token"]
    for _ in range(3):
        answers = at_once(lambda token=token: contested.refresh(token))
        winners = [answer.json() for answer in answers if answer.status_code == 200]
        assert len(winners) == 1
        assert {answer.json()["error"] for answer in answers if answer.status_code != 200} == {"invalid_grant"}
        token = winners[0]["refresh_token"]
    assert contested.refresh(token).status_code == 200


@pytest.mark.every_database
def test_refresh_token_used_at_once_by_ten_browsers_ends_the_family(contested: Provider) -> None:
    """Ten holders of one token are nine too many."""
    token = contested.get_tokens()["refresh_token"]
    names = iter(range(_AT_ONCE))
    answers = at_once(lambda: contested.refresh(token, headers={"user-agent": f"browser {next(names)}"}))
    winners = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(winners) <= 1
    for tokens in winners:
        assert contested.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"
