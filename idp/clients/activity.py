"""How much a client is used: whose consents it has, and which of its tokens are good."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.clock import Clock
from idp.models import Consent, TokenFamily

COUNTED = 10_000
"""Counting ends there: nobody waits for the exact number of very many."""


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Numbers up to COUNTED, and when its tokens were last asked for; None where none are kept, or too many to look at."""

    consents: int
    sessions: int
    offline: int
    last_use: datetime | None


def find_activity(session: Session, clock: Clock, client_row_id: str) -> Activity:
    """Return the numbers of one client: consents, sessions with good tokens, and tokens that outlive their session."""
    live = (
        TokenFamily.client_id == client_row_id,
        TokenFamily.revoked_at.is_(None),
        TokenFamily.expires_at > clock.now(),
    )
    consents = select(Consent.id).where(Consent.client_id == client_row_id)
    sessions = select(TokenFamily.session_id).where(*live, TokenFamily.session_id.is_not(None)).distinct()
    offline = select(TokenFamily.id).where(*live, TokenFamily.session_id.is_(None))
    last_use = select(func.max(func.coalesce(TokenFamily.rotated_at, TokenFamily.created_at)))
    counts = [
        session.scalar(select(func.count()).select_from(rows.limit(COUNTED).subquery())) or 0
        for rows in (consents, sessions, offline)
    ]
    return Activity(
        consents=counts[0],
        sessions=counts[1],
        offline=counts[2],
        last_use=None if COUNTED in counts else session.scalar(last_use.where(TokenFamily.client_id == client_row_id)),
    )
