"""JSON documents of strangers (RFC 8259), read strictly: two parsers must not see different things (RFC 7493 section 2)."""

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from idp.web.parameters import MalformedRequest

_DEPTH = 20


def parse_document(content: bytes) -> dict[str, Any]:
    """Return the JSON object in *content*, read as `parse_json` does; raise `MalformedRequest`."""
    value = parse_json(content)
    if not isinstance(value, dict):
        raise MalformedRequest("the body is not a JSON object")
    return value


def parse_json(content: bytes) -> Any:
    """Return the JSON value in *content*; raise `MalformedRequest`.

    Names occur once, numbers are finite, text has neither NUL nor lone surrogates, and nothing is nested deeper than 20 times.
    """
    try:
        value = json.loads(content.decode(), object_pairs_hook=_read_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is one, and so is a number of too many digits
        raise MalformedRequest("the body is not JSON") from error
    if not all(map(_is_text, _walk(value))):
        raise MalformedRequest("the body holds text that cannot be stored")
    return value


def _read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _walk(document: Any) -> Iterator[Any]:
    """Yield every name and value of *document*; raise `MalformedRequest` where it is too deep."""
    waiting = [(document, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEPTH:
            raise MalformedRequest("the body is nested too deeply")
        yield value
        if isinstance(value, dict):
            yield from value
            waiting += [(part, depth + 1) for part in value.values()]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]


def _is_text(value: Any) -> bool:
    """Tell whether *value* is text that a database takes, or no text at all."""
    return not isinstance(value, str) or not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in value)
