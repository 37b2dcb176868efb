"""Password hashes that people bring along: verified, bounded, replaced at the first login."""

import base64
import hashlib
import json
from typing import Any

import bcrypt
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2d, Argon2i, Argon2id
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import InvalidInput, PasswordMismatch
from idp.storage.ephemeral import EphemeralStore
from idp.users.keycloak_credentials import describe_password_hash, read_password_hash
from idp.users.password_hashes import verify_foreign_hash
from tests.people import HASHER, Household
from tests.users.test_password_login import sign_in

SECRET = "pässwörd of long ago"
SALT = b"sixteen bytes ok"
PUBLISHED = [
    # RFC 6070 section 2: "passwordPASSWORDpassword", 4096 iterations, 25 bytes
    (
        "passwordPASSWORDpassword",
        "pbkdf2",
        4096,
        b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
        "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
    ),
    # the same input with SHA-256, as it is widely published beside RFC 6070
    (
        "passwordPASSWORDpassword",
        "pbkdf2-sha256",
        4096,
        b"saltSALTsaltSALTsaltSALTsaltSALTsalt",
        "348c89dbcbd32b2f32d814b8116e84cf2b17347ebc1800181c4e2a1fb8dd53e1c635518c7dac47e9",
    ),
]
CRYPT_BLOWFISH = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"  # "U*U", of crypt_blowfish's own tests


def credential(algorithm: str, iterations: Any, value: bytes | str, salt: bytes = SALT, **more: str) -> dict[str, str]:
    """A credential as an export has it."""
    parameters = {name: [part] for name, part in more.items()}
    data = {"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": parameters}
    text = value if isinstance(value, str) else base64.b64encode(value).decode()
    secret = {"value": text, "salt": base64.b64encode(salt).decode(), "additionalParameters": {}}
    return {"type": "password", "credentialData": json.dumps(data), "secretData": json.dumps(secret)}


def pbkdf2(name: str, function: str, length: int) -> dict[str, str]:
    return credential(name, 1000, hashlib.pbkdf2_hmac(function, SECRET.encode(), SALT, 1000, length))


def argon2(kind: type, letters: str) -> dict[str, str]:
    derived = kind(salt=SALT, length=32, iterations=2, lanes=1, memory_cost=64).derive(SECRET.encode())
    return credential("argon2", 2, derived, type=letters, version="1.3", memory="64", parallelism="1", hashLength="32")


def bcrypted(prefix: str) -> dict[str, str]:
    made = bcrypt.hashpw(SECRET.encode(), bcrypt.gensalt(4)).decode()
    return credential("bcrypt", 4, prefix + made[4:], b"")


CREDENTIALS = {
    "pbkdf2": lambda: pbkdf2("pbkdf2", "sha1", 64),
    "pbkdf2-sha256": lambda: pbkdf2("pbkdf2-sha256", "sha256", 64),
    "pbkdf2-sha256 of 32 bytes": lambda: pbkdf2("pbkdf2-sha256", "sha256", 32),
    "pbkdf2-sha512": lambda: pbkdf2("pbkdf2-sha512", "sha512", 64),
    "argon2id": lambda: argon2(Argon2id, "id"),
    "argon2i": lambda: argon2(Argon2i, "i"),
    "argon2d": lambda: argon2(Argon2d, "d"),
    "bcrypt 2a": lambda: bcrypted("$2a$"),
    "bcrypt 2b": lambda: bcrypted("$2b$"),
    "bcrypt 2y": lambda: bcrypted("$2y$"),
}


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_hash_of_elsewhere_is_verified_and_told_again(kind: str) -> None:
    """The right password and no other; what is exported is what was imported."""
    stored = read_password_hash(CREDENTIALS[kind]())

    HASHER.verify(SECRET, stored)
    assert HASHER.needs_rehash(stored)
    for wrong in ("", SECRET[:-1], SECRET + "x", "\x00"):
        with pytest.raises(PasswordMismatch):
            HASHER.verify(wrong, stored)
    assert read_password_hash(describe_password_hash(stored) or {}) == stored


@pytest.mark.parametrize(("password", "algorithm", "iterations", "salt", "value"), PUBLISHED)
def test_published_vectors(password: str, algorithm: str, iterations: int, salt: bytes, value: str) -> None:
    HASHER.verify(password, read_password_hash(credential(algorithm, iterations, bytes.fromhex(value), salt)))


def test_published_vector_of_bcrypt() -> None:
    HASHER.verify("U*U", read_password_hash(credential("bcrypt", 5, CRYPT_BLOWFISH)))


def test_bcrypt_reads_72_bytes() -> None:
    """So did the system where the password was set: a longer one still opens the account."""
    long = "x" * 72
    stored = bcrypt.hashpw(long.encode(), bcrypt.gensalt(4)).decode()

    HASHER.verify(long + "tail", stored)


def test_password_is_hashed_anew_at_the_next_login(home: Household, store: EphemeralStore) -> None:
    """With our Argon2id; the password stays the same."""
    with home.database.transaction() as session:
        session.merge(home.user).password_hash = read_password_hash(CREDENTIALS["pbkdf2-sha512"]())

    sign_in(home, store, SECRET)

    assert not HASHER.needs_rehash(home.user_now().password_hash or "")
    sign_in(home, store, SECRET)


@pytest.mark.parametrize(
    "hostile",
    [
        credential("pbkdf2-sha256", 10**9, b"h" * 32),
        credential("pbkdf2-sha256", 10**30, b"h" * 32),
        credential("pbkdf2-sha256", 0, b"h" * 32),
        credential("pbkdf2-sha256", -1, b"h" * 32),
        credential("pbkdf2-sha256", True, b"h" * 32),
        credential("pbkdf2-sha256", "many", b"h" * 32),
        credential("pbkdf2-sha256", 1000, b"h" * 4),
        credential("pbkdf2-sha256", 1000, b"h" * 4000),
        credential("pbkdf2-sha256", 1000, b"h" * 32, b""),
        credential("pbkdf2-sha256", 1000, "not base64!"),
        credential("md5", 1, b"h" * 16),
        credential("argon2", 5, b"h" * 32, type="id", version="1.3", memory="99999999", parallelism="1"),
        credential("argon2", 10**8, b"h" * 32, type="id", version="1.3", memory="7168", parallelism="1"),
        credential("argon2", 5, b"h" * 32, type="id", version="1.3", memory="1", parallelism="1"),
        credential("argon2", 5, b"h" * 32, type="id", version="1.0", memory="7168", parallelism="1"),
        credential("argon2", 5, b"h" * 32, type="x", version="1.3", memory="7168", parallelism="1"),
        credential("argon2", 5, b"h" * 32),
        credential("bcrypt", 31, "$2b$31$" + "a" * 53),
        credential("bcrypt", 12, "$2b$12$short"),
        {"type": "password"},
        {"credentialData": "[" * 3000, "secretData": "{}"},
        {"credentialData": "[]", "secretData": "7"},
        {"credentialData": 5, "secretData": None},
    ],
)
def test_hash_that_cannot_or_must_not_be_verified_is_refused(hostile: dict[str, Any]) -> None:
    """Before it is stored: a thousand million iterations would stop the server at somebody's login."""
    with pytest.raises(InvalidInput):
        read_password_hash(hostile)


@given(st.text(max_size=300))
def test_any_text_is_a_hash_or_refused(text: str) -> None:
    try:
        verify_foreign_hash(text)
    except InvalidInput:
        with pytest.raises(PasswordMismatch):
            HASHER.verify("x", text)
