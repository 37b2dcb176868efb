"""What was done in one trust store."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """The store's name, and what happened there as the rest of a sentence."""

    store: str
    text: str
    failed: bool = False

    def __str__(self) -> str:
        return f"{self.store}: {self.text}"
