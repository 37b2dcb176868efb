"""Request parameters, parsed once, strictly: UTF-8 only, a bounded number of them, duplicates kept visible."""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from idp.errors import IdpError

MAX_PARAMETERS = 100


class MalformedRequest(IdpError):
    """The request cannot be read; `status` is the HTTP status that says so."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class Parameters(Mapping[str, str]):
    """The pairs in order; looking up a name gives its first value."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._first = dict(reversed(pairs))

    def __getitem__(self, name: str) -> str:
        return self._first[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)

    def __len__(self) -> int:
        return len(self._first)

    def all(self, name: str) -> list[str]:
        """Return every value of *name*."""
        return [value for key, value in self.pairs if key == name]

    def duplicates(self) -> list[str]:
        """Return the names that occur more than once (RFC 6749 section 3.1 forbids them)."""
        names = [name for name, _ in self.pairs]
        return sorted({name for name in names if names.count(name) > 1})


def parse_parameters(encoded: bytes) -> Parameters:
    """Parse ``application/x-www-form-urlencoded`` *encoded*; raise `MalformedRequest`."""
    if not encoded:
        return Parameters([])
    try:
        pairs = parse_qsl(
            encoded.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except ValueError as error:  # includes UnicodeDecodeError
        raise MalformedRequest("parameters are not UTF-8, or too many") from error
    if any("\x00" in name or "\x00" in value for name, value in pairs):
        raise MalformedRequest("a parameter holds a NUL")  # PostgreSQL cannot store it
    return Parameters(pairs)
