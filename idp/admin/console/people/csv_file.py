"""A file of people to invite: CSV (RFC 4180) in UTF-8 with a line of headings, as spreadsheets write it."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from idp.errors import IdpError

MOST_LINES = 5000
_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "email": "email",
        "emailaddress": "email",
        "mail": "email",
        "username": "username",
        "login": "username",
        "givenname": "given_name",
        "firstname": "given_name",
        "familyname": "family_name",
        "lastname": "family_name",
        "surname": "family_name",
    }
)
_DELIMITERS = ",;\t"


class UnreadableFile(IdpError):
    """The file as a whole cannot be used; `problem` is a name that the page has words for."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, kw_only=True)
class Line:
    """One person; `problem` says that the line cannot be one. `number` is that of the line in the file, where it ends."""

    number: int
    email: str = ""
    username: str = ""
    given_name: str = ""
    family_name: str = ""
    problem: str = ""


@dataclass(frozen=True)
class PeopleFile:
    """The lines, and the headings that mean nothing here."""

    lines: Sequence[Line]
    ignored: Sequence[str]


def read_people(content: bytes) -> PeopleFile:
    """Return what the file holds; raise `UnreadableFile`."""
    text = _decode(content)
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise UnreadableFile("csv") from error
    if len(rows) < 2:
        raise UnreadableFile("empty")
    if len(rows) > MOST_LINES + 1:
        raise UnreadableFile("long")
    headings = [cell.strip() for cell in rows[0][1]]
    columns = [_COLUMNS.get(_fold(heading), "") for heading in headings]
    used = [name for name in columns if name]
    if "email" not in used or len(used) != len(set(used)):
        raise UnreadableFile("headings")
    ignored = [heading[:80] for heading, name in zip(headings, columns, strict=True) if not name and heading]
    return PeopleFile([_read_line(number, row, columns) for number, row in rows[1:]], ignored)


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile("encoding") from error


def _read_line(number: int, row: Sequence[str], columns: Sequence[str]) -> Line:
    if len(row) != len(columns):
        return Line(number=number, email=row[0][:255], problem="columns")
    cells = {name: cell.strip() for name, cell in zip(columns, row, strict=True) if name}
    too_long = any(len(cell) > 255 for cell in cells.values())
    shown = {name: cell[:255] for name, cell in cells.items()}
    return Line(number=number, problem="long" if too_long else "", **shown)


def _fold(heading: str) -> str:
    return "".join(character for character in heading.lower() if character.isalpha())
