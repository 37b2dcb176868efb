"""How long events are kept: as each realm says, those of administrators apart from the rest; both for ever unless it says so."""

from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.events.search import is_administrative
from idp.models import Event, Realm
from idp.storage.purge import delete_batch


def purge_events(session: Session, clock: Clock) -> int:
    """Delete events that are older than their realm keeps them, at most a batch of each kind of each realm.

    Returns the largest number that was deleted of one kind: as long as that is a whole batch, there may be more.
    """
    forgetful = select(Realm).where(or_(Realm.event_retention > 0, Realm.admin_event_retention > 0))
    deleted = [0]
    for realm in session.scalars(forgetful).all():
        for administrative, seconds in ((False, realm.event_retention), (True, realm.admin_event_retention)):
            if seconds:
                old = Event.at < clock.now() - timedelta(seconds=seconds)
                chosen = (Event.realm_id == realm.id, is_administrative(administrative), old)
                deleted.append(delete_batch(session, Event, *chosen))
    return max(deleted)
