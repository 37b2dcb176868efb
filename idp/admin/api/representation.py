"""What all representations have in common: Keycloak's names, and which fields count.

Fields that we do not know are ignored: Keycloak's clients send whole representations back, and those of later versions have more.
That is no mass assignment, because a handler writes the fields that it names, one by one; a field that is only told, such as an id,
is written by none.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from idp.errors import InvalidInput

First = Annotated[int, Field(ge=0, le=2**31 - 1)]
ALL = 10_000
"""As many as are ever told at once, and the default where Keycloak tells all: of groups and roles."""

Most = Annotated[int, Field(ge=0, le=ALL)]
Term = Annotated[str, Field(max_length=255)]
DEFAULT_MOST = 100
_PAIR = re.compile(r'("[^"]*"|[^\s:"]+):("[^"]*"|[^\s"]+)')


def _list_values(value: Any) -> Any:
    """Return the attributes with each value a list: a single text may stand for itself."""
    if not isinstance(value, dict):
        return value
    return {name: [part] if isinstance(part, str) else part for name, part in value.items() if part is not None}


Attributes = Annotated[dict[str, list[str]], BeforeValidator(_list_values)]


class Representation(BaseModel):
    """Base of all; numbers are not read as text, nor text as numbers that it is not."""

    model_config = ConfigDict(extra="ignore", str_max_length=65536)


def milliseconds(at: datetime) -> int:
    """Return the instant as Keycloak writes it."""
    return int(at.timestamp() * 1000)


def read_pairs(query: str) -> tuple[tuple[str, str], ...]:
    """Return the attributes that a parameter ``q`` asks for, as in ``department:sales "place of work":"New York"``."""
    return tuple((name.strip('"'), value.strip('"')) for name, value in _PAIR.findall(query))


def optional_milliseconds(at: datetime | None) -> int | None:
    """Return the instant as Keycloak writes it, None where there is none."""
    return None if at is None else milliseconds(at)


def read_instant(field: str, text: str | None, *, end_of_day: bool = False) -> datetime | None:
    """Return the instant in *text*: a day (``2026-11-26``, its end with *end_of_day*), or milliseconds, as Keycloak reads them.

    Raises `InvalidInput` that names *field*.
    """
    if text is None:
        return None
    try:
        if text.isascii() and text.removeprefix("-").isdigit():
            return datetime.fromtimestamp(int(text[:20]) / 1000, UTC)
        day = datetime.combine(date.fromisoformat(text), time(), UTC)
        return day + timedelta(days=1) if end_of_day else day
    except (ValueError, OverflowError, OSError) as error:
        raise InvalidInput(**{field: "Use a day such as 2026-11-26, or milliseconds since 1970."}) from error
