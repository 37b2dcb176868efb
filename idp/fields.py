"""What administrators send, verified field by field, with all that is wrong said at once."""

from collections.abc import Callable, Mapping
from typing import Any

from idp.errors import InvalidInput


def verify_fields(fields: Mapping[str, Callable[[Any], Any]], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is *wanted* as the function of each of the *fields* has it; raise `InvalidInput` with all problems."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, value in wanted.items():
        try:
            values[name] = fields[name](value)
        except InvalidInput as error:
            problems |= error.fields
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise InvalidInput(**problems)
    return values
