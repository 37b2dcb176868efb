"""Search by two-factor login and by certificates, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from idp.users import search
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


@pytest.mark.parametrize("glance", [1, 3, 5_000])
@pytest.mark.parametrize("many", [2, 3, 10_000])
def test_pages_are_the_same_whether_found_by_index_or_on_a_walk(
    home: Household, monkeypatch: pytest.MonkeyPatch, many: int, glance: int
) -> None:
    """Where more match than are sorted, the list is walked through; what is on a page does not depend on that."""
    monkeypatch.setattr(search, "_MANY", many)
    monkeypatch.setattr(search, "_GLANCE", glance)
    names = [f"walker-{number}" for number in range(5)]
    for name in reversed(names):
        add_user(home, name)

    def page(**more: object) -> list[str]:
        with home.database.transaction() as session:
            rows = search_users(session, home.realm.id, UserQuery(search="walk"), **more)  # type: ignore[arg-type]
            return [user.username for user in rows]

    assert page() == names
    assert page(first=2, limit=2) == names[2:4]
    assert page(after="walker-2", limit=1) == names[3:4]
    assert page(first=4) == names[4:]
    assert page(first=9) == page(limit=0) == []


def test_search_leaves_the_database_to_plan_as_before(home: Household) -> None:
    add_user(home, "planned")
    with home.database.transaction() as session:
        for query in (UserQuery(search="planned"), UserQuery(username="planned", exact=True)):
            assert [user.username for user in search_users(session, home.realm.id, query)] == ["planned"]
            assert count_users(session, home.realm.id, query) == 1
        assert count_users(session, home.realm.id, UserQuery()) == len(
            search_users(session, home.realm.id, UserQuery())
        )
        if session.get_bind().dialect.name == "postgresql":
            for name in (
                "enable_seqscan",
                "enable_indexscan",
                "enable_indexonlyscan",
                "enable_bitmapscan",
                "enable_sort",
            ):
                assert session.scalar(text(f"SHOW {name}")) == "on"
            assert session.scalar(text("SHOW plan_cache_mode")) == "auto"


@pytest.mark.parametrize(
    ("query", "indexed"),
    [
        (UserQuery(search="be"), True),
        (UserQuery(search="b"), False),
        (UserQuery(search="*be*"), False),
        (UserQuery(search="*ber*"), True),
        (UserQuery(search="x x bert"), True),
        (UserQuery(email="@b"), False),
        (UserQuery(email="a@b.example"), True),
        (UserQuery(family_name="O", exact=True), True),
        (UserQuery(family_name="", exact=True), False),
        (UserQuery(given_name="", enabled=False), False),
        (UserQuery(attributes=(("place", "Berlin"),)), True),
    ],
)
def test_what_an_index_can_find(query: UserQuery, indexed: bool) -> None:
    assert query.is_selective() is indexed
