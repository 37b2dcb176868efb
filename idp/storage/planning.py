"""How PostgreSQL is to look for rows, where it could not know; for SQLite there is but one way, and nothing is said.

It expects people to be spread evenly, and those who match to be found soon while it walks through all in order. Whoever is called
by a rare name is found at the end of such a walk, so somebody has to say when to collect what the indexes have, and when to walk.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from types import MappingProxyType

from sqlalchemy import func, select
from sqlalchemy.orm import Session


class Way(StrEnum):
    """The kind of plan: from the indexes of what is looked for; along the index that has the order of the page; or whichever.

    Each is made for the values at hand, which one for values unseen is not.
    """

    COLLECT = "collect"
    WALK = "walk"
    EITHER = "either"


_WITHOUT: Mapping[Way, tuple[str, ...]] = MappingProxyType(
    {
        Way.COLLECT: ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan"),
        Way.WALK: ("enable_seqscan", "enable_bitmapscan", "enable_sort"),
        Way.EITHER: (),
    }
)


@contextmanager
def looking(session: Session, way: Way) -> Iterator[None]:
    """Let the statements inside the block be planned that way."""
    if session.get_bind().dialect.name != "postgresql":
        yield
        return
    _set(session, way, "off", "force_custom_plan")
    yield
    _set(session, way, "on", "auto")  # an error ends the transaction, and the settings with it


def _set(session: Session, way: Way, switch: str, plans: str) -> None:
    settings = {**dict.fromkeys(_WITHOUT[way], switch), "plan_cache_mode": plans}
    session.execute(select(*(func.set_config(name, value, True) for name, value in settings.items())))
