"""Objects that are read and inserted without a session, and what becomes of them when there is one after all."""

import pytest
from sqlalchemy import Table, bindparam, event, select

from idp.models import Realm, User, new_id
from idp.storage.database import Database
from tests.clock import FixedClock
from tests.people import Household, found_household

pytestmark = pytest.mark.every_database

USER: Table = User.__table__  # type: ignore[assignment]
OF_REALM = select(USER).where(USER.c.realm_id == bindparam("realm"))


@pytest.fixture
def home(database: Database, clock: FixedClock) -> Household:
    """A realm with alice in it."""
    return found_household(database, clock)


def columns_of(user: User) -> dict[str, object]:
    """Return everything the row says."""
    return {column.key: getattr(user, column.key) for column in USER.columns}


def test_object_is_the_same_as_a_session_reads(home: Household) -> None:
    """Every column, as the same types."""
    with home.database.begin() as transaction:
        user = transaction.get(User, home.user.id)

    assert user is not None
    assert columns_of(user) == columns_of(home.user_now())
    assert user.name == "alice"


def test_nothing_found_is_none_or_nothing(home: Household) -> None:
    """By id, and by another statement."""
    with home.database.begin() as transaction:
        assert transaction.get(User, "nobody") is None
        assert transaction.load(User, OF_REALM, {"realm": "nowhere"}) == []


def test_reading_makes_no_session(home: Household) -> None:
    """Which is what it is for: no BEGIN, no COMMIT, no unit of work."""
    begun: list[object] = []
    event.listen(home.database.engine, "begin", begun.append)
    with home.database.begin() as transaction:
        transaction.get(User, home.user.id)

    assert begun == []


def test_one_row_is_one_object(home: Household) -> None:
    """However it was come by, before there was a session and after."""
    with home.database.begin() as transaction:
        user = transaction.get(User, home.user.id)
        assert transaction.get(User, home.user.id) is user
        assert transaction.load(User, OF_REALM, {"realm": home.realm.id}) == [user]
        assert transaction.session.get(User, home.user.id) is user
        assert transaction.get(User, home.user.id) is user
        assert transaction.load(User, OF_REALM, {"realm": home.realm.id}) == [user]


def test_object_of_the_session_is_the_one_that_is_loaded(home: Household) -> None:
    """With what has been changed of it."""
    with home.database.begin() as transaction:
        user = transaction.session.get_one(User, home.user.id)
        user.given_name = "Alicia"
        assert transaction.load(User, OF_REALM, {"realm": home.realm.id}) == [user]
        assert user.given_name == "Alicia"


def test_object_is_loaded_beside_a_session(home: Household) -> None:
    """A change of it is saved there, too."""
    with home.database.begin() as transaction:
        transaction.session.get_one(Realm, home.realm.id)
        user = transaction.get(User, home.user.id)
        assert user is not None
        user.given_name = "Alicia"

    assert home.user_now().given_name == "Alicia"


@pytest.mark.parametrize("session", [True, False])
def test_change_is_saved(home: Household, session: bool) -> None:
    """By the session that was made afterwards, or without anybody asking for one."""
    with home.database.begin() as transaction:
        user = transaction.get(User, home.user.id)
        assert user is not None
        user.given_name = "Alicia"
        if session:
            assert transaction.session.get_one(User, home.user.id).given_name == "Alicia"

    assert home.user_now().given_name == "Alicia"


def test_change_is_undone_with_the_transaction(home: Household) -> None:
    """Like all that was written in it."""
    transaction = home.database.begin()
    user = transaction.get(User, home.user.id)
    assert user is not None
    user.given_name = "Alicia"
    transaction.session.flush()
    transaction.__exit__(ZeroDivisionError)

    assert home.user_now().given_name == ""


@pytest.mark.parametrize("session", [True, False])
def test_inserted_object_is_there(home: Household, session: bool) -> None:
    """With a session or without, it is found within the transaction, can be changed, and is committed."""
    added = User(**{**columns_of(home.user), "id": new_id(), "username": "bob", "email": None})
    with home.database.begin() as transaction:
        if session:
            transaction.session.get_one(Realm, home.realm.id)
        transaction.insert(added)
        assert added in transaction.load(User, OF_REALM, {"realm": home.realm.id})
        added.given_name = "Bob"

    with home.database.transaction() as later:
        assert columns_of(later.get_one(User, added.id)) == columns_of(added)
