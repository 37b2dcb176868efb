"""How many certificates end when."""

import itertools
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from idp.models import Certificate

_WEEK = timedelta(days=7)


def count_expiring_by_week(session: Session, realm_id: str, *, since: datetime, weeks: int) -> list[int]:
    """Return how many certificates end in each of the *weeks* from *since* on; neither the revoked nor those already replaced."""
    starts = [since + number * _WEEK for number in range(weeks + 1)]
    within = [
        func.coalesce(func.sum(case(((Certificate.not_after >= start) & (Certificate.not_after < end), 1), else_=0)), 0)
        for start, end in itertools.pairwise(starts)
    ]
    row = session.execute(
        select(*within).where(
            Certificate.realm_id == realm_id,
            Certificate.not_after >= starts[0],
            Certificate.not_after < starts[-1],
            Certificate.revoked_at.is_(None),
            Certificate.superseded_at.is_(None),
        )
    ).one()
    return [int(count) for count in row]
