"""Members of an export's objects, with the type that they must have: JSON from elsewhere says anything."""

import re
from collections.abc import Mapping
from typing import Any

from idp.errors import InvalidInput
from idp.transfer.stream import Unusable

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MOST = 10_000


def read_object(value: Any) -> Mapping[str, Any]:
    """Return *value* if it is an object; raise `InvalidInput`."""
    if isinstance(value, Unusable):
        raise InvalidInput(object=value.reason)
    if not isinstance(value, Mapping):
        raise InvalidInput(object="This is no object.")
    return value


def object_of(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the member that is an object; one that is absent or null is empty."""
    value = document.get(name)
    return {} if value is None else _typed(name, value, Mapping)


def list_of(document: Mapping[str, Any], name: str) -> list[Any]:
    """Return the member that is a list; one that is absent or null is empty."""
    value: list[Any] = _typed(name, document.get(name) or [], list)
    if len(value) > _MOST:
        raise InvalidInput(**{name: f"There are more than {_MOST}."})
    return value


def texts_of(document: Mapping[str, Any], name: str) -> list[str]:
    """Return the member that is a list of texts, each once."""
    values = list_of(document, name)
    if not all(isinstance(value, str) for value in values):
        raise InvalidInput(**{name: "This is no list of texts."})
    return list(dict.fromkeys(values))


def lists_of(document: Mapping[str, Any], name: str) -> dict[str, list[str]]:
    """Return the member that is an object of lists of texts, such as `attributes` or `clientRoles`."""
    found = object_of(document, name)
    listed = {key: [value] if isinstance(value, str) else value for key, value in found.items() if value is not None}
    return {key: texts_of(listed, key) for key in listed}


def text_of(document: Mapping[str, Any], name: str, longest: int = 255) -> str:
    """Return the member that is a line of text; one that is absent or null is empty."""
    value = document.get(name)
    if value is None:
        return ""
    text: str = _typed(name, value, str)
    if len(text) > longest or not text.isprintable():
        raise InvalidInput(**{name: f"Use at most {longest} visible characters."})
    return text


def flag_of(document: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    """Return the member that is true or false, or the text of it."""
    value = document.get(name)
    value = {"true": True, "false": False, "": None}.get(value, value) if isinstance(value, str) else value
    return default if value is None else bool(_typed(name, value, bool))


def id_of(document: Mapping[str, Any]) -> str | None:
    """Return the object's id where it is a UUID, in small letters; None where there is none, or anything else."""
    value = document.get("id")
    return value.lower() if isinstance(value, str) and _ID.fullmatch(value) else None


def _typed(name: str, value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise InvalidInput(**{name: f"This has another type than {kind.__name__.lower()}."})
    return value
