"""What every part of an import works with: the realm, the means, and one way to take an object whole or not at all."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.encryption import Cipher
from idp.errors import Conflict, IdpError
from idp.transfer.report import Outcome, Report
from idp.transfer.stream import ExportUnreadable
from idp.users.passwords import PasswordHasher

THERE_ALREADY = "it is there already"
"""Why an object failed that was to be new."""

Unit = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction: returning commits, raising rolls back."""


class OnConflict(StrEnum):
    """What to do about an object that is there already."""

    SKIP = "skip"
    UPDATE = "update"
    FAIL = "fail"


@dataclass
class Allowance:
    """How many passwords in plain text may still be hashed, which takes its time; None for as many as there are."""

    left: int | None = None

    def take_one(self) -> None:
        """Raise `ExportUnreadable` where there are too many."""
        if self.left == 0:
            raise ExportUnreadable("there are more passwords in plain text than are hashed at once")
        self.left = None if self.left is None else self.left - 1


@dataclass(frozen=True)
class Means:
    """What it takes to make a realm and what is in it."""

    cipher: Cipher
    clock: Clock
    hasher: PasswordHasher
    public_url: str
    published_at: str = ""
    plain_passwords: Allowance = field(default_factory=Allowance)


@dataclass
class Job:
    """One import into one realm. With `seen`, what comes a second time is refused; else it meets the first one."""

    means: Means
    unit: Unit
    report: Report
    on_conflict: OnConflict
    realm_id: str = ""
    realm_name: str = ""
    seen: set[tuple[str, str]] | None = None
    skipped: set[tuple[str, str]] = field(default_factory=set)
    """Clients and client scopes that are as they were, by the member that names one (`client`, `clientScope`) and its name."""

    def attempt(self, session: Session, kind: str, name: str, work: "Callable[[Attempt], Outcome]") -> bool:
        """Do *work* within a savepoint and report it; tell whether it succeeded."""
        attempt = Attempt()
        try:
            with session.begin_nested():
                self.verify_first(kind, name)
                outcome = work(attempt)
                session.flush()
        except IdpError as error:
            self.report.add(Outcome.FAILED, kind, name, str(error))
            return False
        except (IntegrityError, DataError):  # its text has values in it
            self.report.add(
                Outcome.FAILED, kind, name, "it collides with what is there, or the database cannot hold it"
            )
            return False
        self.report.add(outcome, kind, name, row_id=attempt.row_id)
        for note in attempt.notes:
            self.report.add(Outcome.LEFT, kind, name, note)
        return True

    def is_first(self, kind: str, name: str) -> bool:
        """Tell whether no object of that name came before, as far as that is looked at; enter it."""
        if self.seen is None:
            return True
        if (kind, name) in self.seen:
            return False
        self.seen.add((kind, name))
        return True

    def verify_first(self, kind: str, name: str) -> None:
        """Raise `Conflict` where an object of that name came before."""
        if not self.is_first(kind, name):
            raise Conflict("it is in the file twice")

    def meet(self) -> Outcome:
        """Return what is to become of an object that is there already: skipped or changed; raise `Conflict` where it is to fail."""
        if self.on_conflict is OnConflict.FAIL:
            raise Conflict(THERE_ALREADY)
        return Outcome.SKIPPED if self.on_conflict is OnConflict.SKIP else Outcome.CHANGED


@dataclass
class Attempt:
    """What is to be told of an object if it is taken: what of it has no counterpart, and the id of its row."""

    notes: list[str] = field(default_factory=list)
    row_id: str = ""
