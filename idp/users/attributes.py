"""Names and attributes as administrators give them to accounts, groups and roles: short, visible, and not too many."""

from collections.abc import Mapping
from typing import Any

_LINE = 255
_VALUE = 2048
_MOST_ATTRIBUTES, _MOST_VALUES, _MOST_CHARACTERS = 100, 100, 16 * 1024


def verify_line(value: Any, longest: int = _LINE) -> str:
    """Return the text; raise `ValueError` where it has more than one line or too many characters."""
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise ValueError(f"Use at most {longest} visible characters.")
    return value


def verify_name(value: Any, *, forbidden: str = "") -> str:
    """Return the name of a group or role; raise `ValueError`."""
    if not isinstance(value, str) or value != value.strip() or not value or any(sign in value for sign in forbidden):
        without = f" without {' '.join(forbidden)}" if forbidden else ""
        raise ValueError(f"Use 1 to {_LINE} visible characters{without}, and no space around them.")
    return verify_line(value)


def verify_attributes(value: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Return the attributes; raise `ValueError` where they are too many or too long."""
    if len(value) > _MOST_ATTRIBUTES or any(len(values) > _MOST_VALUES for values in value.values()):
        raise ValueError(f"Use at most {_MOST_ATTRIBUTES} attributes of at most {_MOST_VALUES} values.")
    if sum(len(name) + sum(map(len, values)) for name, values in value.items()) > _MOST_CHARACTERS:
        raise ValueError(f"Use at most {_MOST_CHARACTERS} characters in all attributes together.")
    if any(len(part) > _VALUE for values in value.values() for part in values):
        raise ValueError(f"Use at most {_VALUE} characters in a value.")
    return {verify_line(name): list(values) for name, values in value.items()}
