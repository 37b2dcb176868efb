"""Forms of texts that two may have open: what was typed, and what somebody else has changed since the form was made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

_BEFORE = "before."


@dataclass(frozen=True)
class TypedTexts:
    """What is shown again, what differs from what the form was made from, and of that what somebody else has changed too."""

    shown: dict[str, str]
    wanted: dict[str, str]
    conflicts: dict[str, str]


def read_texts(
    form: Mapping[str, str], current: Mapping[str, str], read: Callable[[str, str], str] | None = None
) -> TypedTexts:
    """Return what the form says of each of the *current* values; *read* gets a field's name and the value it was made with.

    What was not typed stays as somebody else has saved it.
    """
    read = read or (lambda name, seen: unify_lines(form.get(name, seen)))
    seen = {name: unify_lines(form.get(_BEFORE + name, value)) for name, value in current.items()}
    typed = {name: read(name, value) for name, value in seen.items()}
    wanted = {name: value for name, value in typed.items() if value != seen[name]}
    conflicts = {name: current[name] for name, value in wanted.items() if current[name] not in (seen[name], value)}
    return TypedTexts({**current, **wanted}, wanted, conflicts)


def unify_lines(text: str) -> str:
    """Return the text with the line breaks that it had before a browser sent it."""
    return text.replace("\r\n", "\n")
