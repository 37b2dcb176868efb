"""Stored password hashes of every kind that can be verified: ours, and those that came with people from elsewhere.

They are told apart by their prefix: ``$argon2id$``, ``$argon2i$`` and ``$argon2d$`` are PHC strings (RFC 9106), ``$2a$``, ``$2b$``
and ``$2y$`` are bcrypt's own, and ``$pbkdf2-sha256$i=27500$salt$hash`` is PBKDF2 (RFC 8018 section 5.2) over SHA-1, SHA-256 or
SHA-512. What would cost more than the limits here is refused when it comes in, and never computed.
"""

import base64
import binascii
import hashlib
import hmac
import re

import bcrypt
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2d, Argon2i, Argon2id

from idp.errors import InvalidInput, PasswordMismatch

LONGEST = 255
MAX_PBKDF2_ITERATIONS = 2_000_000
MAX_BCRYPT_COST = 14
MAX_ARGON2_MEMORY_KIB = 256 * 1024
MAX_ARGON2_WORK_KIB = 1024 * 1024
"""Memory times passes."""
MAX_ARGON2_LANES = 16

_MIN_HASH_BYTES, _MAX_HASH_BYTES = 16, 64
_BCRYPT_BYTES = 72  # bcrypt reads no further, wherever the hash was made
_B64 = r"([A-Za-z0-9+/]{1,128})"
_ARGON2 = re.compile(rf"\$argon2(id|i|d)\$v=19\$m=(\d{{1,9}}),t=(\d{{1,9}}),p=(\d{{1,9}})\${_B64}\${_B64}")
_PBKDF2 = re.compile(rf"\$pbkdf2-(sha1|sha256|sha512)\$i=(\d{{1,10}})\${_B64}\${_B64}")
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_KINDS: dict[str, type[Argon2id] | type[Argon2i] | type[Argon2d]] = {"id": Argon2id, "i": Argon2i, "d": Argon2d}


def verify_hash(password: bytes, stored: str) -> None:
    """Raise `PasswordMismatch` unless *stored* is a hash of *password*, whatever else *stored* may be."""
    try:
        matches = _matches(password, stored)
    except (InvalidKey, ValueError) as error:  # ValueError for a damaged hash
        raise PasswordMismatch("the password is wrong") from error
    if not matches:
        raise PasswordMismatch("the password is wrong")


def verify_foreign_hash(stored: str) -> str:
    """Return *stored* if it may be kept, and computed at every try; raise `InvalidInput` with the reason."""
    if len(stored) > LONGEST:
        raise InvalidInput(password="The hash is too long.")
    if found := _ARGON2.fullmatch(stored):
        _verify_argon2_cost(*map(int, found.group(2, 3, 4)))
        _verify_parts(found[5], found[6])
    elif found := _PBKDF2.fullmatch(stored):
        _verify_bounds("iterations", int(found[2]), MAX_PBKDF2_ITERATIONS)
        _verify_parts(found[3], found[4])
    elif found := _BCRYPT.fullmatch(stored):
        _verify_bounds("cost", int(found[1]), MAX_BCRYPT_COST, least=4)
    else:
        raise InvalidInput(password="This is no hash of a kind that can be verified.")
    return stored


def encode(data: bytes) -> str:
    """Return *data* in base64 without padding, as PHC strings have it."""
    return base64.b64encode(data).decode().rstrip("=")


def decode(text: str) -> bytes:
    """Return what `encode` has encoded; raise `ValueError`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError("this is not base64") from error


def split_pbkdf2(stored: str) -> tuple[str, int, bytes, bytes] | None:
    """Return the hash function, the iterations, salt and hash, or None."""
    found = _PBKDF2.fullmatch(stored)
    return None if found is None else (found[1], int(found[2]), decode(found[3]), decode(found[4]))


def split_argon2(stored: str) -> tuple[str, int, int, int, bytes, bytes] | None:
    """Return the type, memory in KiB, passes, lanes, salt and hash, or None."""
    found = _ARGON2.fullmatch(stored)
    if found is None:
        return None
    return found[1], int(found[2]), int(found[3]), int(found[4]), decode(found[5]), decode(found[6])


def is_bcrypt(stored: str) -> bool:
    """Tell whether it is bcrypt's."""
    return _BCRYPT.fullmatch(stored) is not None


def _matches(password: bytes, stored: str) -> bool:
    if stored.startswith("$pbkdf2-"):
        return _matches_pbkdf2(password, stored)
    if stored.startswith("$2"):
        return is_bcrypt(stored) and bcrypt.checkpw(password[:_BCRYPT_BYTES], stored.encode())
    found = _ARGON2.fullmatch(stored)
    if found is None:
        return False
    _KINDS[found[1]].verify_phc_encoded(password, stored)
    return True


def _matches_pbkdf2(password: bytes, stored: str) -> bool:
    parts = split_pbkdf2(stored)
    if parts is None:
        return False
    function, iterations, salt, wanted = parts
    found = hashlib.pbkdf2_hmac(function, password, salt, iterations, len(wanted))
    return hmac.compare_digest(found, wanted)


def _verify_argon2_cost(memory: int, passes: int, lanes: int) -> None:
    _verify_bounds("lanes", lanes, MAX_ARGON2_LANES)
    _verify_bounds("memory", memory, MAX_ARGON2_MEMORY_KIB, least=8 * lanes)
    _verify_bounds("memory times iterations", memory * passes, MAX_ARGON2_WORK_KIB, least=memory)


def _verify_bounds(what: str, value: int, most: int, *, least: int = 1) -> None:
    if not least <= value <= most:
        raise InvalidInput(password=f"The hash has {what} {value}; from {least} to {most} can be verified.")


def _verify_parts(salt: str, value: str) -> None:
    try:
        lengths = len(decode(salt)), len(decode(value))
    except ValueError as error:
        raise InvalidInput(password="Salt or hash is not base64.") from error
    if not (8 <= lengths[0] <= _MAX_HASH_BYTES and _MIN_HASH_BYTES <= lengths[1] <= _MAX_HASH_BYTES):
        raise InvalidInput(password="Salt or hash is too short or too long.")
