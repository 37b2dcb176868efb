"""Argon2id hashes: what is accepted, what is upgraded, and what a stranger can make us do."""

import threading
import time

import pytest

from idp.errors import PasswordMismatch
from idp.users.passwords import MAX_LENGTH, Argon2Parameters, PasswordHasher
from tests.crowd import all_at_once
from tests.people import HASHER, QUICK

PASSWORD = "correct horse battery"
REFERENCE = (  # test vector of the reference implementation: "password", "somesalt", m=65536, t=2, p=1
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
)


def test_hash_is_phc_string_of_argon2id_with_own_salt() -> None:
    """Two hashes of one password differ, and name algorithm and cost (RFC 9106)."""
    first, second = HASHER.hash(PASSWORD), HASHER.hash(PASSWORD)

    assert first != second
    assert first.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    HASHER.verify(PASSWORD, first)


def test_hash_of_reference_implementation_is_verified() -> None:
    """Hashes from elsewhere are read, and then made anew with our parameters."""
    HASHER.verify("password", REFERENCE)

    assert HASHER.needs_rehash(REFERENCE)


@pytest.mark.parametrize(
    "wrong", ["", PASSWORD + " ", PASSWORD.upper(), PASSWORD[:-1], "\x00" + PASSWORD, PASSWORD + "\x00", "ä" * 500]
)
def test_other_password_is_refused(wrong: str) -> None:
    """Nothing is trimmed, cut or folded."""
    with pytest.raises(PasswordMismatch):
        HASHER.verify(wrong, HASHER.hash(PASSWORD))


@pytest.mark.parametrize(
    "password", ["pässwörd für alle", "密码密码密码密码密码", "🔑" * 20, " with spaces ", "a\x00bcdefghij"]
)
def test_password_of_any_characters_is_verified(password: str) -> None:
    """Every character counts, none is forbidden."""
    HASHER.verify(password, HASHER.hash(password))


def test_account_without_hash_is_refused_for_every_password() -> None:
    """No password opens an account that has none."""
    for password in ("", PASSWORD, "None"):
        with pytest.raises(PasswordMismatch):
            HASHER.verify(password, None)


@pytest.mark.parametrize(
    "damaged",
    [
        "",
        "x",
        PASSWORD,
        "$argon2id$",
        "$argon2i$v=19$m=64,t=1,p=1$c29tc2FsdA$aaaa",
        "$2b$12$abcdefghijklmnopqrstuv",
        "ä$",
    ],
)
def test_damaged_hash_opens_nothing(damaged: str) -> None:
    """A row that was tampered with or imported wrongly refuses, and does not break the sign-in page."""
    with pytest.raises(PasswordMismatch):
        HASHER.verify(PASSWORD, damaged)
    assert HASHER.needs_rehash(damaged)


def test_password_beyond_maximum_is_refused_without_hashing() -> None:
    """A megabyte of password costs us nothing."""
    with pytest.raises(PasswordMismatch, match="too long"):
        HASHER.verify("x" * (MAX_LENGTH + 1), HASHER.hash(PASSWORD))


@pytest.mark.parametrize("other", [Argon2Parameters(128, 1, 1), Argon2Parameters(64, 2, 1), Argon2Parameters(64, 1, 2)])
def test_hash_with_other_parameters_needs_rehash(other: Argon2Parameters) -> None:
    """Whichever parameter an operator changes, in whichever direction."""
    hasher = PasswordHasher(other)

    assert HASHER.needs_rehash(hasher.hash(PASSWORD))
    assert not HASHER.needs_rehash(HASHER.hash(PASSWORD))


def test_unknown_account_costs_the_same_work() -> None:
    """The answer for nobody's account takes about as long as for a wrong password: neither is ten times the other."""
    hasher = PasswordHasher(Argon2Parameters(8192, 2, 1))
    phc = hasher.hash(PASSWORD)

    def cost(hashed: str | None) -> float:
        begun = time.process_time()
        with pytest.raises(PasswordMismatch):
            hasher.verify("wrong", hashed)
        return time.process_time() - begun

    known, unknown = (min(cost(hashed) for _ in range(5)) for hashed in (phc, None))
    assert 0.1 < unknown / known < 10


def test_no_more_hashes_run_at_a_time_than_allowed() -> None:
    """A crowd at the sign-in page cannot use up the memory: the rest wait for their turn."""
    running, most, guard = 0, 0, threading.Lock()

    class Counting(PasswordHasher):
        def _argon2(self, salt: bytes):
            nonlocal running, most
            with guard:
                running += 1
                most = max(most, running)
            argon2 = super()._argon2(salt)
            with guard:
                running -= 1
            return argon2

    hasher = Counting(QUICK, concurrency=2)
    results = all_at_once(lambda _: hasher.hash(PASSWORD))

    assert all(isinstance(result, str) for result in results)
    assert most <= 2
