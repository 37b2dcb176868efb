"""Recovery codes: ten, each once, forgiving to readers and to nobody else."""

import re

import pytest
from sqlalchemy import func, select

from idp.models import RecoveryCode
from idp.users.recovery_codes import (
    COUNT,
    count_unused_codes,
    create_recovery_codes,
    delete_recovery_codes,
    use_recovery_code,
)
from tests.crowd import CROWD, all_at_once
from tests.people import Household, add_user

pytestmark = pytest.mark.every_database


def create(home: Household) -> list[str]:
    """Create alice's codes, and commit."""
    with home.database.transaction() as session:
        return create_recovery_codes(session, home.clock, home.user.id)


def use(home: Household, code: str, user_id: str | None = None) -> bool:
    """Use a code, and commit."""
    with home.database.transaction() as session:
        return use_recovery_code(session, home.clock, user_id or home.user.id, code)


def count(home: Household) -> int:
    """Return how many codes alice has left."""
    with home.database.transaction() as session:
        return count_unused_codes(session, home.user.id)


def test_codes_are_ten_distinct_and_of_eighty_bits(home: Household) -> None:
    """Four groups of four letters and digits that cannot be mistaken for one another."""
    codes = create(home)

    assert len(set(codes)) == COUNT == 10
    assert all(re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", code) for code in codes)


def test_code_is_used_once(home: Household) -> None:
    """The second use is refused, and the others stay."""
    first, second, *_ = create(home)

    assert [use(home, first), use(home, first), use(home, second)] == [True, False, True]
    assert count(home) == COUNT - 2


def test_code_that_twenty_use_at_once_is_used_once(home: Household) -> None:
    """One of twenty simultaneous callers wins."""
    code = create(home)[0]

    outcomes = all_at_once(lambda _: use(home, code))

    assert sorted(map(repr, outcomes)) == ["False"] * (CROWD - 1) + ["True"]
    assert count(home) == COUNT - 1


def test_use_in_transaction_that_fails_costs_no_code(home: Household) -> None:
    """A code is not lost when the sign-in it was for breaks off."""
    code = create(home)[0]
    with home.database.transaction() as session:
        use_recovery_code(session, home.clock, home.user.id, code)
        session.rollback()

    assert use(home, code)


@pytest.mark.parametrize(
    "retype",
    [str.upper, lambda code: code.replace("-", ""), lambda code: code.replace("-", " "), lambda code: f"  {code}\t"],
)
def test_code_typed_differently_is_accepted(home: Household, retype) -> None:
    """Case, hyphens and spaces do not matter."""
    assert use(home, retype(create(home)[0]))


def test_digits_that_look_like_letters_are_read_as_letters(home: Household) -> None:
    """0 and 1 do not occur in a code, so they stand for o and l."""
    code = next((c for c in create(home) if set("ol") & set(c)), None)
    while code is None:
        code = next((c for c in create(home) if set("ol") & set(c)), None)

    assert use(home, code.replace("o", "0").replace("l", "1"))


@pytest.mark.parametrize("code", ["", "-", "    ", "a" * 16, "aaaa-aaaa-aaaa-aaaa", "ａ" * 16, "\u0130" * 4, "%"])
def test_code_that_nobody_has_is_refused(home: Household, code: str) -> None:
    """Whatever is typed, it costs none of the codes."""
    create(home)

    assert not use(home, code)
    assert count(home) == COUNT


def test_code_of_another_person_is_refused(home: Household) -> None:
    """A code is bound to its owner, also in its digest."""
    with home.database.transaction() as session:
        bob = add_user(session, home.clock, home.realm, "bob")

    assert not use(home, create(home)[0], bob.id)


def test_new_codes_replace_old_ones(home: Household) -> None:
    """Used or not, the old ones are gone."""
    old = create(home)
    new = create(home)

    assert not any(use(home, code) for code in old)
    assert all(use(home, code) for code in new)


def test_codes_created_by_twenty_at_once_are_ten(home: Household) -> None:
    """A form that is sent twice does not leave codes alive that nobody was shown last."""
    create(home)

    outcomes = all_at_once(lambda _: create(home))

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert count(home) == COUNT


def test_codes_are_stored_as_digests_alone(home: Household) -> None:
    """Who reads the table has none of the codes."""
    codes = create(home)
    with home.database.transaction() as session:
        rows = repr([vars(row) for row in session.scalars(select(RecoveryCode))])

    assert not any(code in rows or code.replace("-", "") in rows for code in codes)


def test_deleted_codes_are_gone(home: Household) -> None:
    """Switching two-factor authentication off leaves nothing behind."""
    code = create(home)[0]
    with home.database.transaction() as session:
        delete_recovery_codes(session, home.user.id)
        assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 0

    assert not use(home, code)
