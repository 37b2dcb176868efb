"""One member of a client's metadata: how it is read from JSON, and how from what somebody typed."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Member:
    """Where a member is stored and how it is read; both functions raise `ValueError` with a text for the person.

    Only an administrator may set one that is not `registrable`.
    """

    column: str
    read: Callable[[Any], Any]
    read_text: Callable[[str], Any] = str
    registrable: bool = True


def text(column: str, *, check: Callable[[str], str] = str, longest: int = 255, registrable: bool = True) -> Member:
    """Return a member that is a line of text; *check* returns it or raises `ValueError`. Empty is always allowed."""

    def read(value: Any) -> str:
        line = read_line(value, longest)
        return check(line) if line else ""

    return Member(column, read, registrable=registrable)


def texts(
    column: str, *, check: Callable[[str], str] = str, longest: int = 255, most: int = 50, registrable: bool = True
) -> Member:
    """Return a member that is a list of lines; what occurs twice is kept once."""

    def read(value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or len(value) > most:
            raise ValueError(f"Use a list of at most {most} texts.")
        return tuple(dict.fromkeys(check(read_line(part, longest)) for part in value))

    return Member(column, read, split_list, registrable)


def words(column: str, *, check: Callable[[list[str]], list[str]], registrable: bool = True) -> Member:
    """Return a member that is one text of words with spaces between them, such as scope."""

    def read(value: Any) -> str:
        found = list(dict.fromkeys(read_line(value, 2048).split(" ")))
        return " ".join(check([word for word in found if word]))

    return Member(column, read, registrable=registrable)


def choice(column: str, values: tuple[str, ...], *, registrable: bool = True) -> Member:
    """Return a member that has one of some *values*."""

    def read(value: Any) -> str:
        if value not in values:
            raise ValueError(f"Use one of {', '.join(filter(None, values))}.")
        return str(value)

    return Member(column, read, registrable=registrable)


def switch(column: str, *, registrable: bool = True) -> Member:
    """Return a member that is true or false."""

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValueError("Use true or false.")
        return value

    return Member(column, read, _read_switch, registrable)


def number(column: str, least: int, most: int, *, registrable: bool = True) -> Member:
    """Return a member that is a number of seconds, or None."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"Use a number from {least} to {most}.")
        return value

    return Member(column, read, _read_json, registrable)


def document(column: str, read: Callable[[Any], Any], *, registrable: bool = True) -> Member:
    """Return a member that is JSON of its own kind."""
    return Member(column, read, _read_json, registrable)


def read_line(value: Any, longest: int) -> str:
    """Return *value* if it is one line of text; raise `ValueError`."""
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise ValueError(f"Use text of at most {longest} visible characters.")
    return value


def split_list(typed: str) -> list[Any]:
    """Return the values that somebody typed: a JSON list, or with commas between them."""
    if typed.lstrip().startswith("["):
        return list(_read_json(typed))
    return [part.strip() for part in typed.split(",") if part.strip()]


def _read_json(typed: str) -> Any:
    try:
        return json.loads(typed)
    except (ValueError, RecursionError):
        raise ValueError("This is not JSON.") from None


def _read_switch(typed: str) -> Any:
    return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(typed.lower(), typed)
