"""Pages by key: the address of the next page names the last row of this one."""

import re
from datetime import UTC, datetime

_KEY = re.compile(r"(\d{1,20})\.([0-9a-f-]{36})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PAGE = 50


def write_key(at: datetime, row_id: str) -> str:
    """Return the key of a row for an address."""
    since = at - _EPOCH
    return f"{(since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds}.{row_id}"


def read_key(text: str) -> tuple[datetime, str] | None:
    """Return instant and id of a key, or None for what is none."""
    match = _KEY.fullmatch(text)
    if match is None:
        return None
    try:
        return datetime.fromtimestamp(int(match[1]) // 1_000_000, UTC).replace(
            microsecond=int(match[1]) % 1_000_000
        ), match[2]
    except (OverflowError, ValueError, OSError):
        return None
