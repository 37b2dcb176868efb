"""Lists as rows: written beside what is in force, switched over in one statement, the old ones deleted bit by bit.

A list may have millions of entries, and SQLite has one writer. So every transaction is short, and there is a pause after each in
which others write.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from sqlalchemy import ColumnElement, and_, delete, or_, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import ForeignList, ForeignListEntry
from idp.pki.foreign_revocation.errors import ListRefused
from idp.pki.foreign_revocation.list_entries import iterate_serial_numbers
from idp.pki.foreign_revocation.list_verification import VerifiedList
from idp.pki.names import printable
from idp.storage.database import Database

BATCH = 2000
_SORTED = 200_000  # some 15 MB of memory
_PAUSE_SECONDS = 0.01
_ABANDONED = timedelta(hours=1)  # a batch takes milliseconds; nobody writes any more
_INSERT = text(
    "INSERT INTO foreign_list_entry (list_id, serial_number) VALUES (:list_id, :serial_number) ON CONFLICT DO NOTHING"
)
IN_FORCE = (
    ForeignList.activated_at.is_not(None),
    ForeignList.superseded_at.is_(None),
    ForeignList.source_id.is_not(None),
)
"""A list without a source is being swept up: what it no longer names may have been revoked."""
_PLAIN = {"synchronize_session": False}
Pause = Callable[[], None]


def rest() -> None:
    """Let others have the database's one writer, and the interpreter, for a moment."""
    time.sleep(_PAUSE_SECONDS)


@dataclass(frozen=True)
class Place:
    """Which anchor a list belongs to, and where it came from (ids)."""

    anchor_id: str
    source_id: str


def take_in(database: Database, clock: Clock, place: Place, found: VerifiedList, *, pause: Pause = rest) -> bool:
    """Let *found* be in force and tell whether it is another than before; raise `ListRefused` where an entry does not fit,
    or where a newer one is in force.
    """
    try:
        with database.transaction() as session:
            if any(held.digest == found.document.digest for held in _verify_newest(session, place, found)):
                return False
            list_id = _begin(session, clock, place, found)
    except IntegrityError as error:
        raise ListRefused("its anchor, or its address, is gone") from error
    try:
        number = _write(
            database, clock, list_id, iterate_serial_numbers(found.document.file, found.document.entries), pause
        )
        with database.transaction() as session:
            _switch(session, clock, place, found, list_id=list_id, number=number)
    except BaseException:
        with database.transaction() as session:  # what was written is swept up
            session.execute(update(ForeignList).where(ForeignList.id == list_id).values(superseded_at=clock.now()))
        raise
    return True


def sweep_lists(database: Database, clock: Clock, *, pause: Pause = rest) -> int:
    """Delete all lists that are not in force and never will be, a batch of entries at a time; return how many lists."""
    swept = 0
    while (list_id := _find_gone(database, clock)) is not None:
        last: bytes | None = b""
        while last is not None:
            with database.transaction() as session:
                last = _delete_entries(session, list_id, last)
            pause()
        with database.transaction() as session:
            session.execute(delete(ForeignList).where(ForeignList.id == list_id, _is_gone(clock)))
        swept += 1
    return swept


def _find_gone(database: Database, clock: Clock) -> int | None:
    with database.transaction() as session:
        return session.scalar(select(ForeignList.id).where(_is_gone(clock)).order_by(ForeignList.id).limit(1))


def _is_gone(clock: Clock) -> ColumnElement[bool]:
    return or_(
        ForeignList.superseded_at.is_not(None),
        ForeignList.anchor_id.is_(None),
        ForeignList.source_id.is_(None),
        and_(ForeignList.activated_at.is_(None), ForeignList.touched_at < clock.now() - _ABANDONED),
    )


def _delete_entries(session: Session, list_id: int, after: bytes) -> bytes | None:
    """Delete the entries that follow *after* and return the last of them. PostgreSQL would walk over all that it has deleted
    if it had to begin at the beginning again.
    """
    number = ForeignListEntry.serial_number
    following = and_(ForeignListEntry.list_id == list_id, number > after)
    some = session.scalars(select(number).where(following).order_by(number).limit(BATCH)).all()
    if not some:
        return None
    session.execute(delete(ForeignListEntry).where(following, number <= some[-1]), execution_options=_PLAIN)
    return some[-1]


def _verify_newest(session: Session, place: Place, found: VerifiedList) -> list[ForeignList]:
    """Return what *found* replaces; raise `ListRefused` where that is newer (a replay)."""
    statement = select(ForeignList).where(
        ForeignList.source_id == place.source_id,
        ForeignList.issuer_key == found.issuer_key,
        ForeignList.scope == found.scope,
        *IN_FORCE,
    )
    points = sorted(found.distribution_points)
    held = [row for row in session.scalars(statement) if sorted(row.distribution_points) == points]
    for row in held:
        number = int(row.number, 16) if row.number else None
        if found.this_update < row.this_update:
            raise ListRefused("it is older than the one that is held")
        if number is not None and (found.number is None or found.number < number):
            raise ListRefused("its number is lower than that of the one that is held")
    return held


def _begin(session: Session, clock: Clock, place: Place, found: VerifiedList) -> int:
    row = ForeignList(
        anchor_id=place.anchor_id,
        source_id=place.source_id,
        issuer_key=found.issuer_key,
        issuer=printable(found.issuer.subject.rfc4514_string())[:1024],
        number=None if found.number is None else f"{found.number:x}",
        scope=found.scope,
        distribution_points=list(found.distribution_points),
        this_update=found.this_update,
        next_update=found.next_update,
        digest=found.document.digest,
        touched_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row.id


def _write(database: Database, clock: Clock, list_id: int, serial_numbers: Iterable[bytes], pause: Pause) -> int:
    written = 0
    for batch in _order(serial_numbers):
        with database.transaction() as session:
            _touch(session, clock, list_id)
            session.execute(_INSERT, [{"list_id": list_id, "serial_number": number} for number in batch])
        written += len(batch)
        pause()
    return written


def _order(serial_numbers: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield batches of neighbours: numbers come at random, and each would change a page of the table of its own."""
    more = iter(serial_numbers)
    while some := sorted(islice(more, _SORTED)):
        for start in range(0, len(some), BATCH):
            yield some[start : start + BATCH]


def _touch(session: Session, clock: Clock, list_id: int) -> None:
    ours = (ForeignList.id == list_id, ForeignList.anchor_id.is_not(None), ForeignList.superseded_at.is_(None))
    touched = update(ForeignList).where(*ours).values(touched_at=clock.now())
    if not session.connection().execute(touched).rowcount:
        raise ListRefused("its anchor is gone, or somebody has swept it up")


def _switch(session: Session, clock: Clock, place: Place, found: VerifiedList, *, list_id: int, number: int) -> None:
    _touch(session, clock, list_id)  # from here on nobody else writes (SQLite), or changes this row (PostgreSQL)
    old = [row.id for row in _verify_newest(session, place, found)]
    now = clock.now()
    session.execute(update(ForeignList).where(ForeignList.id == list_id).values(activated_at=now, entries=number))
    session.execute(update(ForeignList).where(ForeignList.id.in_(old)).values(superseded_at=now))
