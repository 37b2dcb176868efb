"""How long ended sessions and token families are kept: long enough for a late reuse to be noticed and looked into."""

from datetime import timedelta

from sqlalchemy import exists
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import TokenFamily, UserSession
from idp.storage.purge import delete_batch

RETENTION = timedelta(days=7)


def purge_sessions(session: Session, clock: Clock) -> int:
    """Delete families and sessions that expired more than a week ago; return how many rows."""
    horizon = clock.now() - RETENTION
    families = delete_batch(session, TokenFamily, TokenFamily.expires_at < horizon)
    in_use = exists().where(TokenFamily.session_id == UserSession.id)
    return families + delete_batch(session, UserSession, UserSession.expires_at < horizon, ~in_use)
