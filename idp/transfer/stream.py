"""JSON read as a stream, object by object, within bounds of size, depth and number of values."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import ijson

from idp.errors import IdpError

MOST_VALUES = 500_000
MAX_DEPTH = 40
MAX_TEXT = 64 * 1024
MAX_BYTES = 64 * 1024 * 1024
"""Of one object; a text without an end would fill the memory before the parser has anything to say about it."""

_BUFFER = 64 * 1024


class ExportUnreadable(IdpError):
    """The file is not an export, is damaged, or is beyond the bounds; what came before has been taken."""


@dataclass(frozen=True)
class Unusable:
    """Stands for a value that is beyond the bounds."""

    reason: str


@dataclass(frozen=True)
class Member:
    """A member of the outermost object, or an item of one that is split; `index` is the item's place."""

    name: str
    index: int | None
    value: Any


class _Bounded:
    """A file of which no more than `MAX_BYTES` are read between two calls of `begin`."""

    def __init__(self, file: BinaryIO, on_read: Callable[[int], None]) -> None:
        self._file = file
        self._on_read = on_read
        self._read = 0

    def begin(self) -> None:
        self._read = 0

    def read(self, size: int) -> bytes:
        data = self._file.read(size)
        self._read += len(data)
        if self._read > MAX_BYTES:
            raise ExportUnreadable(f"an object is larger than {MAX_BYTES // 2**20} MB")
        self._on_read(len(data))
        return data


def iterate_members(
    file: BinaryIO,
    *,
    split: Collection[str] = (),
    skip: Collection[str] = (),
    on_read: Callable[[int], None] = lambda _: None,
) -> Iterator[Member]:
    """Yield the members of the JSON object in *file*; those in *split* item by item, those in *skip* not at all.

    Raises `ExportUnreadable`, after what is before the damage has been yielded.
    """
    bounded = _Bounded(file, on_read)
    events = ijson.basic_parse(bounded, use_float=True, buf_size=_BUFFER)
    try:
        yield from _iterate(iter(events), bounded, split, skip)
    except (ijson.JSONError, UnicodeError, ValueError) as error:
        raise ExportUnreadable("this is not JSON to the end") from error


def _iterate(events: Any, bounded: _Bounded, split: Collection[str], skip: Collection[str]) -> Iterator[Member]:
    if next(events, ("", None))[0] != "start_map":
        raise ExportUnreadable("this is not one realm's export: it does not begin with an object")
    seen = set[str]()
    for event, name in events:
        if event != "map_key":
            continue
        if name in seen:
            raise ExportUnreadable(f"the member {str(name)[:40]!r} occurs twice")
        seen.add(name)
        bounded.begin()
        event, value = next(events)  # noqa: PLW2901 (the value follows its key)
        if event == "start_array" and (name in split or name in skip):
            yield from _iterate_items(events, bounded, name, keep=name not in skip)
        else:
            found = _read_value(events, event, value, keep=name not in skip)
            if name not in skip:
                yield Member(name, None, found)


def _iterate_items(events: Any, bounded: _Bounded, name: str, *, keep: bool) -> Iterator[Member]:
    for index, (event, value) in enumerate(events):
        if event == "end_array":
            return
        bounded.begin()
        found = _read_value(events, event, value, keep=keep)
        if keep:
            yield Member(name, index, found)


def _read_value(events: Any, event: str, value: Any, *, keep: bool) -> Any:
    """Return the value that begins with the event, all of whose events are used up; or `Unusable`."""
    if event not in {"start_map", "start_array"}:
        return _find_fault(value, 1, 1) or value
    root: Any = {} if event == "start_map" else []
    stack, key, depth, count = [root], "", 1, 0
    fault = None if keep else Unusable("it is skipped")
    for event, value in events:  # noqa: PLR1704 (the next one)
        if event in {"end_map", "end_array"}:
            depth -= 1
            if depth == 0:
                return fault or root
            if not fault:
                stack.pop()
            continue
        count += 1
        begins = event in {"start_map", "start_array"}
        depth += begins
        fault = fault or _find_fault(value, count, depth)
        if fault:
            stack, root = [], None
        elif event == "map_key":
            key = value
        elif isinstance(stack[-1], dict) and key in stack[-1]:
            fault, stack, root = Unusable("a name occurs twice in one object"), [], None
        else:
            child: Any = ({} if event == "start_map" else []) if begins else value
            _put(stack[-1], key, child)
            if begins:
                stack.append(child)
    raise ExportUnreadable("this is not JSON to the end")


def _put(parent: Any, key: str, child: Any) -> None:
    if isinstance(parent, dict):
        parent[key] = child
    else:
        parent.append(child)


def _find_fault(value: Any, count: int, depth: int) -> Unusable | None:
    if count > MOST_VALUES:
        return Unusable(f"it has more than {MOST_VALUES} values")
    if depth > MAX_DEPTH:
        return Unusable(f"it is nested more than {MAX_DEPTH} deep")
    if isinstance(value, str) and (len(value) > MAX_TEXT or "\x00" in value):
        return Unusable(f"a text in it has more than {MAX_TEXT} characters, or a NUL")
    return None
