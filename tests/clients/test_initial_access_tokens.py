"""Initial access tokens: counted, limited, of one realm, kept as a digest."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from idp.clients.initial_access_tokens import (
    is_usable,
    issue_initial_access_token,
    purge_initial_access_tokens,
    take_registration,
)
from idp.errors import InvalidInput
from idp.models import InitialAccessToken
from tests.crowd import all_at_once
from tests.people import Household

HOUR = timedelta(hours=1)


def issue(home: Household, count: int = 1, lifetime: timedelta = HOUR) -> str:
    """Make a token, and commit."""
    with home.database.transaction() as session:
        return issue_initial_access_token(session, home.clock, realm_id=home.realm.id, count=count, lifetime=lifetime)[
            1
        ]


def take(home: Household, token: str, realm_id: str = "") -> bool:
    """Use the token, and commit."""
    with home.database.begin() as transaction:
        return take_registration(transaction, home.clock, realm_id=realm_id or home.realm.id, token=token)


def usable(home: Household, token: str) -> bool:
    """Look whether the token is good."""
    with home.database.begin() as transaction:
        return is_usable(transaction, home.clock, realm_id=home.realm.id, token=token)


@pytest.mark.every_database
def test_token_is_good_for_its_count_whoever_comes_at_once(home: Household) -> None:
    """Twenty come, five win."""
    token = issue(home, count=5)

    assert sum(all_at_once(lambda _: take(home, token))) == 5  # type: ignore[arg-type]
    assert not usable(home, token)


@pytest.mark.every_database
@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "ü", "a" * 100_000])
def test_text_that_is_no_token_is_of_no_use(home: Household, token: str) -> None:
    """Whatever a stranger sends is looked up as a digest."""
    issue(home)
    assert (usable(home, token), take(home, token)) == (False, False)


def test_token_of_another_realm_is_of_no_use(home: Household) -> None:
    """And stays good for its own."""
    token = issue(home)
    assert not take(home, token, realm_id="other")
    assert take(home, token)


def test_token_ends(home: Household) -> None:
    """With its lifetime."""
    token = issue(home, count=2)
    assert take(home, token)
    home.clock.advance(HOUR)
    assert not usable(home, token)
    assert not take(home, token)


@pytest.mark.parametrize(
    ("count", "lifetime", "field"),
    [(0, HOUR, "count"), (-1, HOUR, "count"), (10_001, HOUR, "count"), (1, timedelta(), "lifetime"),
     (1, -HOUR, "lifetime"), (1, timedelta(days=366), "lifetime")],
)  # fmt: skip
def test_token_without_bounds_is_refused(home: Household, count: int, lifetime: timedelta, field: str) -> None:
    """Neither for nothing nor for ever."""
    with pytest.raises(InvalidInput) as refused:
        issue(home, count, lifetime)

    assert list(refused.value.fields) == [field]


def test_useless_tokens_are_swept_up(home: Household) -> None:
    """Used ones and expired ones; the others stay."""
    take(home, issue(home))
    issue(home, lifetime=timedelta(seconds=1))
    home.clock.advance(timedelta(seconds=1))
    issue(home, count=7)
    with home.database.transaction() as session:
        assert purge_initial_access_tokens(session, home.clock) == 2
        assert session.scalars(select(InitialAccessToken.remaining)).all() == [7]
