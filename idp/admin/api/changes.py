"""A change as its event tells it: the fields that differ, before and after, with secrets masked."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
# By what a name ends in: ``secret``, ``clientSecret``, ``registrationAccessToken``, ``bindCredential``, ``password``…
_SECRET = re.compile(
    r"(secret|password|token|private_?key|passphrase|credential|credentials|hash|digest)(data)?", re.IGNORECASE
)
_HARMLESS = re.compile(
    r"(enabled|lifespan|lifetime|policy|type|format|alg|method|allowed|required|overlap|claim|bound\.access\.tokens)$",
    re.IGNORECASE,
)


def describe_change(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return ``before`` and ``after`` with the names whose values differ; what is created has the latter alone."""
    old, new = before or {}, after or {}
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    described: dict[str, Any] = {}
    for key, given, values in (("before", before, old), ("after", after, new)):
        if given is not None:
            described[key] = {name: mask(name, values[name]) for name in names if name in values}
    return described


def mask(name: str, value: Any) -> Any:
    """Return *value* with MASK for all that is secret by its name or by the name of what it stands in."""
    if value is None or isinstance(value, bool):
        return value
    if _SECRET.search(name) and not _HARMLESS.search(name):
        return MASK
    if isinstance(value, Mapping):
        return {key: mask(str(key), part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [mask(name, part) for part in value]
    return value
