"""Keep secrets out of log lines: by the names of fields, and by their look inside texts."""

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

MASK = "***"

_SECRET_NAMES = frozenset(
    {
        "assertion", "authorization", "code", "code_verifier", "cookie", "cookies", "csrf", "form", "id_token_hint",
        "login_hint", "master_key", "passwd", "password", "password_repeated", "private_key", "query", "query_string",
        "recovery_code", "secret", "set_cookie", "state", "token",
    }
)  # fmt: skip
_SECRET_ENDINGS = ("_password", "_secret", "_token", "_tokens", "_private_key")

# A query string; the password in an address; credentials as in the header; a JWT.
_QUERY = re.compile(r"\?[^\s\"'<>?]*=[^\s\"'<>]*")
_USERINFO = re.compile(r"(?<=://)([^\s/:@]*):[^\s/]*@")
_CREDENTIALS = re.compile(r"\b(bearer|basic|dpop)\s+[A-Za-z0-9._~+/-]{8,}=*", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*){1,3}")


def mask_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return *event* (a structlog event dictionary) with MASK in the place of every secret."""
    for name, value in event.items():
        event[name] = MASK if _is_secret(name) else _mask(value)
    return event


def mask_text(text: str) -> str:
    """Return *text* without query strings, passwords in addresses, credentials and JSON Web Tokens."""
    text = _QUERY.sub("?" + MASK, text)
    text = _USERINFO.sub(rf"\1:{MASK}@", text)
    text = _CREDENTIALS.sub(rf"\1 {MASK}", text)
    return _JWT.sub(MASK, text)


def _mask(value: Any) -> Any:
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {name: MASK if _is_secret(str(name)) else _mask(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mask(part) for part in value]
    return value if isinstance(value, int | float | bool | None) else mask_text(str(value))


def _is_secret(name: str) -> bool:
    plain = name.lower().replace("-", "_")
    return plain in _SECRET_NAMES or plain.endswith(_SECRET_ENDINGS)
