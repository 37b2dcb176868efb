"""Pages by key: the address of the next page names the last row of this one."""

import re
from datetime import UTC, datetime

from idp.storage.keyset import Position

_KEY = re.compile(r"(\d{1,20})\.([0-9a-f-]{36})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PAGE = 50
_LONGEST = 300  # of a key with a name


def write_key(at: datetime, row_id: str) -> str:
    """Return the key of a row for an address."""
    since = at - _EPOCH
    return f"{(since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds}.{row_id}"


def read_key(text: str) -> Position | None:
    """Return where a key points to, or None for what is none."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    seconds, microseconds = divmod(int(match[1]), 1_000_000)
    try:
        return Position(datetime.fromtimestamp(seconds, UTC).replace(microsecond=microseconds), match[2])
    except (OverflowError, ValueError, OSError):
        return None


def write_name_key(name: str, row_id: str) -> str:
    """Return the key of a row in a list that is sorted by name."""
    return f"{row_id}.{name}"


def read_name_key(text: str) -> tuple[str, str] | None:
    """Return name and id of such a key, or None for what is none."""
    row_id, dot, name = text[:_LONGEST].partition(".")
    return (name, row_id) if dot else None
