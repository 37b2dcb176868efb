"""An export: one file, a folder as ``kc.sh export --dir`` writes it (``NAME-realm.json``, ``NAME-users-0.json``, …), or octets."""

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from idp.transfer.stream import ExportUnreadable, Unusable, iterate_members

USERS = "users"
LISTS = ("clients", "groups", "clientScopes")
"""What there may be thousands of, beside the people."""

_MOST_BYTES = 128 * 1024 * 1024
_MOST_ITEMS = 200_000
_NUMBER = re.compile(r"-users-(\d{1,9})\.json")


@dataclass(frozen=True)
class Source:
    """Something that can be read from its beginning, as often as need be; `name` is for the report."""

    name: str
    size: int
    open: Callable[[], BinaryIO] = field(repr=False)


@dataclass(frozen=True)
class ExportFiles:
    """The file with the realm, and those with its people."""

    realm: Source
    users: tuple[Source, ...]

    @property
    def size(self) -> int:
        """How many bytes of people there are to read."""
        return sum(source.size for source in self.users)


@dataclass
class Parts:
    """Everything but the people: plain members as they are, the items of `LISTS` packed as text."""

    members: dict[str, Any] = field(default_factory=dict)
    packed: dict[str, list[bytes]] = field(default_factory=lambda: {name: [] for name in LISTS})

    def iterate(self, name: str) -> Iterator[tuple[int, Any]]:
        """Yield the items of the list with their places."""
        for index, text in enumerate(self.packed[name]):
            reason, value = json.loads(text)
            yield index, Unusable(reason) if reason else value


def find_export(path: Path) -> ExportFiles:
    """Return the files of the export at *path*; raise `ExportUnreadable`."""
    if not path.is_dir():
        source = _at(path)
        return ExportFiles(source, (source,))
    realms = sorted(path.glob("*-realm.json"))
    if len(realms) != 1:
        raise ExportUnreadable(f"{path}: {len(realms)} files are named NAME-realm.json, and one is needed")
    prefix = realms[0].name.removesuffix("-realm.json")
    numbered = [(int(found[1]), file) for file in path.iterdir() if (found := _match(file.name, prefix))]
    source = _at(realms[0])
    return ExportFiles(source, (source, *(_at(file) for _, file in sorted(numbered))))


def wrap_octets(content: bytes) -> ExportFiles:
    """Return the export that *content* is."""
    source = Source("", len(content), lambda: io.BytesIO(content))
    return ExportFiles(source, (source,))


def read_parts(files: ExportFiles) -> Parts:
    """Return all but the people; raise `ExportUnreadable`."""
    parts, size, number = Parts(), 0, 0
    with files.realm.open() as file:
        for member in iterate_members(file, split=LISTS, skip=(USERS,)):
            if member.index is None:
                parts.members[member.name] = member.value
                continue
            reason = member.value.reason if isinstance(member.value, Unusable) else ""
            text = json.dumps([reason, None if reason else member.value]).encode()
            size, number = size + len(text), number + 1
            if size > _MOST_BYTES or number > _MOST_ITEMS:
                raise ExportUnreadable(
                    f"there are more than {_MOST_BYTES // 2**20} MB or {_MOST_ITEMS} objects beside the people"
                )
            parts.packed[member.name].append(text)
    return parts


def iterate_users(files: ExportFiles, on_read: Callable[[int], None]) -> Iterator[tuple[str, Any]]:
    """Yield each person's object with where it stands; raise `ExportUnreadable` where a file is damaged."""
    for source in files.users:
        with source.open() as file:
            for member in iterate_members(file, split=(USERS,), skip=_all_but_users(source, files), on_read=on_read):
                if member.name == USERS and member.index is not None:
                    yield f"{source.name} {USERS}[{member.index}]".lstrip(), member.value


def _all_but_users(source: Source, files: ExportFiles) -> tuple[str, ...]:
    return (*LISTS, "roles", "components", "authenticationFlows") if source is files.realm else ()


def _at(path: Path) -> Source:
    return Source(path.name, path.stat().st_size, lambda: path.open("rb"))


def _match(name: str, prefix: str) -> re.Match[str] | None:
    return _NUMBER.fullmatch(name.removeprefix(prefix)) if name.startswith(prefix) else None
