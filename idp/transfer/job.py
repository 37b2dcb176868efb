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
from idp.users.passwords import PasswordHasher

Unit = Callable[[], AbstractContextManager[Session]]
"""Opens a transaction: returning commits, raising rolls back."""


class OnConflict(StrEnum):
    """What to do about an object that is there already."""

    SKIP = "skip"
    UPDATE = "update"
    FAIL = "fail"


@dataclass(frozen=True)
class Means:
    """What it takes to make a realm and what is in it."""

    cipher: Cipher
    clock: Clock
    hasher: PasswordHasher
    public_url: str
    published_at: str = ""


@dataclass
class Job:
    """One import into one realm."""

    means: Means
    unit: Unit
    report: Report
    on_conflict: OnConflict
    realm_id: str = ""
    realm_name: str = ""

    def attempt(self, session: Session, kind: str, name: str, work: "Callable[[Attempt], Outcome]") -> bool:
        """Do *work* within a savepoint and report it; tell whether it succeeded."""
        attempt = Attempt()
        try:
            with session.begin_nested():
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
        self.report.add(outcome, kind, name)
        for note in attempt.notes:
            self.report.add(Outcome.LEFT, kind, name, note)
        return True

    def meet(self) -> Outcome:
        """Return what is to become of an object that is there already: skipped or changed; raise `Conflict` where it is to fail."""
        if self.on_conflict is OnConflict.FAIL:
            raise Conflict("it is there already")
        return Outcome.SKIPPED if self.on_conflict is OnConflict.SKIP else Outcome.CHANGED


@dataclass
class Attempt:
    """What is to be told of an object if it is taken: what of it has no counterpart."""

    notes: list[str] = field(default_factory=list)
