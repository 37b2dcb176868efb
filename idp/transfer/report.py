"""What became of each object of an import."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

_LONGEST = 300


class Outcome(StrEnum):
    """What can become of an object."""

    TAKEN = "taken"
    CHANGED = "changed"
    SKIPPED = "skipped"
    LEFT = "no counterpart"
    FAILED = "failed"


@dataclass(frozen=True)
class Line:
    """One line: of what kind the object is, which it is, and what there is to say; all of it fit to be printed.

    `row_id` is the id of the object's row, where it has one.
    """

    outcome: Outcome
    kind: str
    name: str
    text: str = ""
    row_id: str = ""

    def __str__(self) -> str:
        told = f"{self.outcome}: {self.kind} {self.name}".rstrip()
        return f"{told}: {self.text}" if self.text else told


@dataclass
class Report:
    """Counts lines and hands each on to *tell*; nothing is kept, as there may be a million."""

    tell: Callable[[Line], None] = lambda _: None
    counts: Counter[tuple[Outcome, str]] = field(default_factory=Counter)

    def add(self, outcome: Outcome, kind: str, name: str, text: str = "", *, row_id: str = "") -> None:
        """Add a line; what a file says is cut and freed of what a terminal would obey."""
        self.counts[outcome, kind] += 1
        self.tell(Line(outcome, kind, _printable(name), _printable(text), row_id))

    def count(self, outcome: Outcome, kind: str | None = None) -> int:
        """Return how many objects, of one kind or all, had this outcome."""
        return sum(number for (of, what), number in self.counts.items() if of == outcome and kind in {None, what})

    @property
    def failed(self) -> bool:
        """Whether anything failed."""
        return self.count(Outcome.FAILED) > 0


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "\ufffd" for character in text[:_LONGEST])
