"""Accounts: names that can be found again and cannot be mistaken for one another."""

import pytest
from sqlalchemy import select

from idp.errors import Conflict, InvalidInput, NotFound
from idp.models import User
from idp.realms.realms import create_realm
from idp.users.users import (
    change_password,
    find_user_by_email,
    find_user_by_login,
    get_user,
    verify_email,
    verify_new_password,
    verify_username,
)
from tests.crowd import all_at_once
from tests.people import HASHER, PASSWORD, Household, add_user


def add(home: Household, username: str, **values: object) -> User:
    """Insert an account, and commit."""
    with home.database.transaction() as session:
        return add_user(session, home.clock, home.realm, username, **values)


def find(home: Household, login: str) -> User | None:
    """Look an account up."""
    with home.database.begin() as transaction:
        return find_user_by_login(transaction, home.realm.id, login)


@pytest.mark.every_database
@pytest.mark.parametrize("login", ["alice", "ALICE", "  Alice ", "alice@example.org", "Alice@EXAMPLE.org"])
def test_account_is_found_by_name_or_address_in_whatever_case(home: Household, login: str) -> None:
    """People type as they like."""
    found = find(home, login)

    assert found is not None
    assert found.id == home.user.id


@pytest.mark.every_database
@pytest.mark.parametrize("login", ["", "alic", "alice%", "alic_", "' OR ''='", "alice@example", "x" * 5000])
def test_login_that_nobody_has_finds_nobody(home: Household, login: str) -> None:
    """Wildcards and quotes are characters like any other."""
    assert find(home, login) is None


def test_account_without_address_is_not_found_by_empty_login(home: Household) -> None:
    """Having no address is not having an empty one."""
    add(home, "carol", email=None)

    assert find(home, "") is None


def test_username_wins_over_address(home: Household) -> None:
    """Nobody shadows an account by taking its username as an e-mail address."""
    bob = add(home, "bob@example.org", email=None)
    add(home, "mallory", email="bob@example.org")

    found = find(home, "bob@example.org")
    assert found is not None
    assert found.id == bob.id


@pytest.mark.every_database
@pytest.mark.parametrize(("username", "email"), [("Alice", "other@example.org"), ("other", "ALICE@example.org")])
def test_taken_name_or_address_is_conflict(home: Household, username: str, email: str) -> None:
    """In whatever case it is written."""
    with pytest.raises(Conflict):
        add(home, username, email=email)


@pytest.mark.every_database
def test_name_that_twenty_take_at_once_has_one_owner(home: Household) -> None:
    """One account is made; the others are told that the name is taken."""
    outcomes = all_at_once(lambda _: add(home, "bob"))

    assert sum(isinstance(outcome, User) for outcome in outcomes) == 1
    assert all(isinstance(outcome, User | Conflict) for outcome in outcomes)


def test_same_name_in_other_realm_is_another_account(home: Household) -> None:
    """Realms share nothing."""
    with home.database.transaction() as session:
        other = create_realm(session, home.clock, name="other")
        twin = add_user(session, home.clock, other, "alice")

    found = find(home, "alice")
    assert found is not None
    assert found.id != twin.id


@pytest.mark.parametrize("username", ["", " ", "a b", "a\tb", "a\nb", "a\x00b", "a\x7fb", "a\u00a0b", "x" * 256])
def test_username_with_space_or_control_is_refused(username: str) -> None:
    """What cannot be seen cannot be told apart."""
    with pytest.raises(InvalidInput):
        verify_username(username)


@pytest.mark.parametrize("username", ["a\u200bb", "a\u202eb", "\ufeffab", "a\u00adb", "a\u2066b"])
def test_username_with_invisible_characters_is_refused(username: str) -> None:
    """Two names that look the same would be two accounts."""
    with pytest.raises(InvalidInput):
        verify_username(username)


@pytest.mark.parametrize("twin", ["ａｌｉｃｅ", "ﬁnn", "①", "e\u0301mile"])
def test_username_in_compatibility_characters_is_its_plain_name(twin: str) -> None:
    """Full-width letters, ligatures and composed accents are spellings of one name (NFKC, RFC 8265 section 3.3)."""
    import unicodedata

    assert verify_username(twin) == unicodedata.normalize("NFKC", twin).lower()


@pytest.mark.parametrize(
    "email",
    ["", "a", "a@", "@b", "a@b@c", "a b@c.org", "a@c..org", "a@c.org\nBcc: x@y.z", "<a@c.org>", "a@c,d@e", "a@ä.org",
     "a\x00@c.org", "x" * 65 + "@c.org", "a@" + "x" * 190],
)  # fmt: skip
def test_text_that_is_no_address_is_refused(email: str) -> None:
    """Above all nothing that could become a second header or recipient."""
    with pytest.raises(InvalidInput):
        verify_email(email)


def test_address_is_stored_in_small_letters() -> None:
    """As it is looked up."""
    assert verify_email(" Alice.Smith+idp@Example.ORG ") == "alice.smith+idp@example.org"


@pytest.mark.parametrize(
    ("password", "repeated", "field"),
    [
        ("short", "short", "password"),
        ("x" * 513, "x" * 513, "password"),
        ("aaaaaaaaaaaa", "aaaaaaaaaaaa", "password"),
        ("alice.smith", "alice.smith", "password"),
        ("ALICE.Smith", "ALICE.Smith", "password"),
        ("correct horse", "correct hors", "password_confirmation"),
        ("", "", "password"),
    ],
)
def test_password_that_may_not_be_set_names_its_field(password: str, repeated: str, field: str) -> None:
    """Too short, too long, too simple, the username, or typed in two ways."""
    with pytest.raises(InvalidInput) as refused:
        verify_new_password(password, repeated, min_length=10, username="alice.smith")

    assert list(refused.value.fields) == [field]
    assert password not in " ".join(refused.value.fields.values()) or not password


def test_password_that_fits_is_returned_unchanged() -> None:
    """Spaces and all."""
    assert verify_new_password(" Ä b c d e f ", " Ä b c d e f ", min_length=10, username="x") == " Ä b c d e f "


def test_changed_password_replaces_old_one(home: Household) -> None:
    """The instant of the change is noted, for the links that die with it."""
    home.clock.advance(hours=1)
    with home.database.transaction() as session:
        change_password(session, HASHER, home.clock, get_user(session, home.user.id), "another good one")
    user = home.user_now()

    HASHER.verify("another good one", user.password_hash)
    assert user.password_hash != HASHER.hash(PASSWORD)
    assert user.password_changed_at == home.clock.now()


def test_password_is_stored_as_hash_alone(home: Household) -> None:
    """Nothing in the row gives it away."""
    with home.database.transaction() as session:
        row = session.execute(select(User.__table__)).one()

    assert PASSWORD not in repr(row)


def test_get_user_that_is_not_there_raises(home: Household) -> None:
    """`find_` may return nothing, `get_` may not."""
    with home.database.transaction() as session:
        with pytest.raises(NotFound):
            get_user(session, "nobody")
        assert find_user_by_email(session, home.realm.id, "nobody@example.org") is None
