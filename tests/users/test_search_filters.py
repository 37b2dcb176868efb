"""Search by two-factor login and by certificates, on both databases."""

from datetime import timedelta

import pytest

from idp.users.search import UserQuery, count_users, search_users
from tests.people import Household, found_household
from tests.users.test_adoption import add_certificate, add_user

pytestmark = pytest.mark.every_database


@pytest.fixture
def home(database, clock):  # type: ignore[no-untyped-def]
    return found_household(database, clock)


def test_people_are_found_by_their_factors(home: Household) -> None:
    """A certificate that is revoked, over or superseded counts for nothing; who has several is found once."""
    now = home.clock.now()
    on, soon, late, gone = (
        add_user(home, f"factor-{name}", enabled=name == "on") for name in ("on", "soon", "late", "gone")
    )
    add_certificate(home, soon, 5)
    add_certificate(home, soon, 6)
    add_certificate(home, late, 300)
    add_certificate(home, gone, 5, revoked_at=now)
    add_certificate(home, gone, 5, superseded_at=now)
    add_certificate(home, gone, -1)

    def found(**query: object) -> list[str]:
        with home.database.transaction() as session:
            wanted = UserQuery(search="factor-", **query)  # type: ignore[arg-type]
            rows = search_users(session, home.realm.id, wanted, limit=10)
            assert count_users(session, home.realm.id, wanted) == len(rows)
            return [user.id for user in rows]

    assert found(two_factor=True) == [on]
    assert sorted(found(two_factor=False)) == sorted([soon, late, gone])
    assert sorted(found(certified_at=now)) == sorted([soon, late])
    assert sorted(found(uncertified_at=now)) == sorted([on, gone])
    assert found(expiring=(now, now + timedelta(days=30))) == [soon]
