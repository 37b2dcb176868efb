"""The one place where a password is checked."""

import pytest

from idp.errors import AccountLocked, PasswordMismatch
from idp.models import User
from idp.realms.policy import build_policy
from idp.storage.ephemeral import EphemeralStore
from idp.users.brute_force import BruteForceBrake, subject_of
from idp.users.password_login import verify_password
from idp.users.passwords import Argon2Parameters, PasswordHasher
from idp.users.users import find_user_by_login
from tests.crowd import all_at_once
from tests.people import HASHER, PASSWORD, Household


def sign_in(
    home: Household, store: EphemeralStore, password: str, login: str = "alice", hasher: PasswordHasher = HASHER
) -> User:
    """Check a password as the login does; the caller clears the brake."""
    policy = build_policy(home.realm).lock
    with home.database.begin() as transaction:
        user = find_user_by_login(transaction, home.realm.id, login)
        subject = subject_of(home.realm.id, user, login)
        brake = BruteForceBrake(store, home.clock, policy, subject=subject, address="203.0.113.1")
        verified = verify_password(hasher, home.clock, brake, user=user, password=password)
        brake.record_success()
        return verified


def test_right_password_gives_its_account(home: Household, store: EphemeralStore) -> None:
    """By username or by e-mail address."""
    assert sign_in(home, store, PASSWORD).id == home.user.id
    assert sign_in(home, store, PASSWORD, "Alice@Example.org").id == home.user.id


@pytest.mark.parametrize("login", ["alice", "nobody", ""])
def test_wrong_password_and_unknown_account_give_same_answer(
    home: Household, store: EphemeralStore, login: str
) -> None:
    """Nobody learns which accounts exist: not from the first answer, and not from when it locks."""
    answers = []
    for _ in range(6):
        try:
            sign_in(home, store, "wrong", login)
        except (PasswordMismatch, AccountLocked) as error:
            answers.append(type(error))

    assert answers == [PasswordMismatch] * 5 + [AccountLocked]


def test_right_password_of_disabled_account_is_refused_like_a_wrong_one(home: Household, store: EphemeralStore) -> None:
    """It is counted, too."""
    with home.database.transaction() as session:
        session.get_one(User, home.user.id).enabled = False

    for _ in range(5):
        with pytest.raises(PasswordMismatch):
            sign_in(home, store, PASSWORD)
    with pytest.raises(AccountLocked):
        sign_in(home, store, PASSWORD)


def test_right_password_while_locked_is_not_looked_at(home: Household, store: EphemeralStore) -> None:
    """Else a guesser would learn in spite of the lock that the guess was right."""
    for _ in range(5):
        with pytest.raises(PasswordMismatch):
            sign_in(home, store, "wrong")

    with pytest.raises(AccountLocked):
        sign_in(home, store, PASSWORD)


def test_right_password_among_twenty_guesses_at_once_is_found_at_most_as_if_guessed_in_turn(
    home: Household, store: EphemeralStore
) -> None:
    """Nineteen wrong guesses and a right one at the same moment: at most five of them are judged at all."""
    outcomes = all_at_once(lambda number: sign_in(home, store, PASSWORD if number == 13 else f"guess {number}"))
    judged = [outcome for outcome in outcomes if not isinstance(outcome, AccountLocked)]

    wrong = [outcome for outcome in judged if isinstance(outcome, PasswordMismatch)]
    # A right answer forgives the failures before it, so that up to twice as many may be judged around it.
    assert len(wrong) <= 10
    assert all(isinstance(outcome, PasswordMismatch | User) for outcome in judged)


def test_old_hash_is_upgraded_at_sign_in(home: Household, store: EphemeralStore) -> None:
    """The password that was just typed is hashed anew with today's parameters; the links in mails live on."""
    stronger = PasswordHasher(Argon2Parameters(128, 1, 1))
    sign_in(home, store, PASSWORD, hasher=stronger)
    user = home.user_now()

    assert user.password_hash is not None
    assert "m=128," in user.password_hash
    assert user.password_changed_at == home.user.password_changed_at
    sign_in(home, store, PASSWORD, hasher=stronger)


def test_wrong_password_upgrades_nothing(home: Household, store: EphemeralStore) -> None:
    """Only whoever knows the password can change its hash."""
    with pytest.raises(PasswordMismatch):
        sign_in(home, store, "wrong", hasher=PasswordHasher(Argon2Parameters(128, 1, 1)))

    assert home.user_now().password_hash == home.user.password_hash
