"""What the formats share: which headers they read, how often each may occur, and how long they may be together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# Ten certificates of 4 KiB in percent-encoded PEM; the protocol class refuses a longer request head anyway.
MAX_SIZE = 65_536

Values = Mapping[bytes, str]
Chain = tuple[bytes, ...]


@dataclass(frozen=True)
class HeaderFormat:
    """One proxy's format; *parse* gets the values of those headers that occur and are not empty."""

    single: tuple[bytes, ...]
    parse: Callable[[Values], Chain]
    listed: tuple[bytes, ...] = ()
    """Headers that may be split over several lines (RFC 9110 §5.3)."""

    def occurs(self, headers: Sequence[tuple[bytes, bytes]]) -> bool:
        """Tell whether any of this format's headers is there."""
        return any(name in self.single or name in self.listed for name, _ in headers)

    def read(self, headers: Sequence[tuple[bytes, bytes]]) -> Chain:
        """Return the chain that *headers* carry; raises `ValueError` where they do not follow the format."""
        values = self._values(headers)
        if sum(map(len, values.values())) > MAX_SIZE:
            raise ValueError("the headers are too long")
        return self.parse(values)

    def _values(self, headers: Sequence[tuple[bytes, bytes]]) -> dict[bytes, str]:
        values: dict[bytes, str] = {}
        for name, value in headers:
            if name in self.listed and name in values:
                values[name] += ", " + value.decode("ascii")
            elif name in self.single and name in values:
                # One of the two came from the client, past a proxy that appends instead of replacing.
                raise ValueError(f"{name.decode()} occurs twice")
            elif name in self.listed or name in self.single:
                values[name] = value.decode("ascii").strip()
        return {name: value for name, value in values.items() if value}
