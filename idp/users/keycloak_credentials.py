"""A password's hash between Keycloak's two JSON texts (`credentialData`, `secretData`) and the stored encoding."""

import json
from collections.abc import Mapping
from typing import Any

from idp.errors import InvalidInput
from idp.users.password_hashes import decode, encode, is_bcrypt, split_argon2, split_pbkdf2, verify_foreign_hash

PASSWORD = "password"  # noqa: S105 (a credential's type)
_PBKDF2 = {"pbkdf2": "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512"}
_PBKDF2_NAMES = {function: name for name, function in _PBKDF2.items()}
_LONGEST = 4096


def read_password_hash(credential: Mapping[str, Any]) -> str:
    """Return the hash of a credential of the type password as we store it; raise `InvalidInput` with the reason."""
    data, secret = _read_object(credential.get("credentialData")), _read_object(credential.get("secretData"))
    algorithm = str(data.get("algorithm"))
    if algorithm in _PBKDF2:
        return _read_pbkdf2(_PBKDF2[algorithm], data, secret)
    if algorithm == "argon2":
        return _read_argon2(data, secret)
    if algorithm in ("bcrypt", "bcrypt-2a", "bcrypt-2b", "bcrypt-2y"):
        return verify_foreign_hash(_text(secret.get("value")))
    raise InvalidInput(password=f"There is no algorithm {algorithm[:40]!r} here.")


def describe_password_hash(stored: str) -> dict[str, str] | None:
    """Return `credentialData` and `secretData` for a stored hash, or None for one that is damaged."""
    if parts := split_pbkdf2(stored):
        function, iterations, salt, value = parts
        return _write(_PBKDF2_NAMES[function], iterations, {}, encode_padded(value), encode_padded(salt))
    if found := split_argon2(stored):
        kind, memory, passes, lanes, salt, value = found
        more = {"type": kind, "version": "1.3", "memory": memory, "parallelism": lanes, "hashLength": len(value)}
        return _write("argon2", passes, more, encode_padded(value), encode_padded(salt))
    if is_bcrypt(stored):
        return _write("bcrypt", int(stored[4:6]), {}, stored, "")
    return None


def encode_padded(data: bytes) -> str:
    """Return *data* in base64 with padding, as Keycloak writes it."""
    text = encode(data)
    return text + "=" * (-len(text) % 4)


def _read_pbkdf2(function: str, data: Mapping[str, Any], secret: Mapping[str, Any]) -> str:
    iterations, salt, value = (
        _number(data.get("hashIterations")),
        _bytes(secret.get("salt")),
        _bytes(secret.get("value")),
    )
    return verify_foreign_hash(f"$pbkdf2-{function}$i={iterations}${encode(salt)}${encode(value)}")


def _read_argon2(data: Mapping[str, Any], secret: Mapping[str, Any]) -> str:
    more = data.get("additionalParameters")
    values = {name: _first(part) for name, part in more.items()} if isinstance(more, Mapping) else {}
    kind, version = values.get("type", "id"), values.get("version", "1.3")
    if kind not in ("id", "i", "d") or version != "1.3":
        raise InvalidInput(password=f"There is no Argon2 of type {str(kind)[:8]!r}, version {str(version)[:8]!r} here.")
    costs = f"m={_number(values.get('memory'))},t={_number(data.get('hashIterations'))},p={_number(values.get('parallelism'))}"
    salt, value = _bytes(secret.get("salt")), _bytes(secret.get("value"))
    if "hashLength" in values and _number(values["hashLength"]) != len(value):
        raise InvalidInput(password="The hash has not the length that is said.")
    return verify_foreign_hash(f"$argon2{kind}$v=19${costs}${encode(salt)}${encode(value)}")


def _write(algorithm: str, iterations: int, more: Mapping[str, Any], value: str, salt: str) -> dict[str, str]:
    lists = {name: [str(part)] for name, part in more.items()}
    data = {"hashIterations": iterations, "algorithm": algorithm, "additionalParameters": lists}
    secret = {"value": value, "salt": salt, "additionalParameters": {}}
    return {"credentialData": json.dumps(data), "secretData": json.dumps(secret)}


def _read_object(value: Any) -> Mapping[str, Any]:
    """Return the JSON object that is written as text, or is one already."""
    if isinstance(value, str) and len(value) <= _LONGEST:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, Mapping):
        raise InvalidInput(password="credentialData or secretData is missing or damaged.")
    return value


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _number(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**10:
        raise InvalidInput(password="The hash's cost is not a number that makes sense.")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidInput(password="The hash is missing.")
    return value


def _bytes(value: Any) -> bytes:
    try:
        return decode(_text(value).rstrip("="))
    except ValueError as error:
        raise InvalidInput(password="Salt or hash is not base64.") from error
