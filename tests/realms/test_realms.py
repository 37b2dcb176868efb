"""Realms: names that can stand in an address, each once."""

import pytest

from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import Realm
from idp.realms.realms import create_realm, find_realm, get_realm, list_realms
from idp.storage.database import Database
from tests.clock import FixedClock
from tests.crowd import all_at_once


@pytest.mark.parametrize("name", ["a", "0", "demo", "my-realm", "a" * 63, "9-lives"])
def test_name_that_fits_is_accepted(database: Database, clock: FixedClock, name: str) -> None:
    """Small letters, digits and hyphens between them."""
    with database.transaction() as session:
        assert create_realm(session, clock, name=name).name == name


@pytest.mark.parametrize(
    "name",
    ["", "A", "Demo", "-a", "a-", "a" * 64, "a b", "a/b", "..", "a.b", "a\n", "a%2fb", "é", "a;b=c", "a_b", "\x00"],
)
def test_name_that_could_break_an_address_or_cookie_is_refused(
    database: Database, clock: FixedClock, name: str
) -> None:
    """The name stands in every address of the realm, and in the names of its cookies."""
    with pytest.raises(InvalidInput), database.transaction() as session:
        create_realm(session, clock, name=name)


@pytest.mark.every_database
def test_name_that_twenty_take_at_once_is_given_once(database: Database, clock: FixedClock) -> None:
    """The others are told that there is one already."""

    def create(_: int) -> Realm:
        with database.transaction() as session:
            return create_realm(session, clock, name="demo")

    outcomes = all_at_once(create)

    assert sum(isinstance(outcome, Realm) for outcome in outcomes) == 1
    assert all(isinstance(outcome, Realm | Conflict) for outcome in outcomes)


@pytest.mark.parametrize("name", ["Demo", "DEMO", "demo ", "", "other", "%"])
def test_realm_is_found_by_its_very_name(database: Database, clock: FixedClock, name: str) -> None:
    """One realm has one address."""
    with database.transaction() as session:
        create_realm(session, clock, name="demo")

        assert find_realm(session, name) is None
        assert get_realm(session, "demo").name == "demo"
        with pytest.raises(NotFound):
            get_realm(session, name)


def test_realms_are_listed_by_name(database: Database, clock: FixedClock) -> None:
    """In alphabetical order."""
    with database.transaction() as session:
        for name in ("b", "c", "a"):
            create_realm(session, clock, name=name)

        assert [realm.name for realm in list_realms(session)] == ["a", "b", "c"]
