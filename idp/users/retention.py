"""How long dead mail links are kept."""

from datetime import timedelta

from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import ActionLink
from idp.storage.purge import delete_batch

RETENTION = timedelta(days=7)


def purge_links(session: Session, clock: Clock) -> int:
    """Delete links that expired more than a week ago; return how many."""
    return delete_batch(session, ActionLink, ActionLink.expires_at < clock.now() - RETENTION)
