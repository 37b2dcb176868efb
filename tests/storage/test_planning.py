"""What PostgreSQL is told about a block's statements holds for the block, and SQLite is told nothing."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from idp.storage.database import Database
from idp.storage.planning import Way, looking

pytestmark = pytest.mark.every_database
SWITCHES = ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan", "enable_sort")


def switched_off(session: Session) -> set[str]:
    if session.get_bind().dialect.name != "postgresql":
        return set()
    return {name for name in SWITCHES if session.scalar(text(f"SHOW {name}")) == "off"}


@pytest.mark.parametrize(
    ("way", "off"),
    [
        (Way.COLLECT, {"enable_seqscan", "enable_indexscan", "enable_indexonlyscan"}),
        (Way.WALK, {"enable_seqscan", "enable_bitmapscan", "enable_sort"}),
        (Way.EITHER, set()),
    ],
)
def test_block_is_planned_as_told_and_what_follows_as_before(database: Database, way: Way, off: set[str]) -> None:
    with database.transaction() as session:
        on_postgresql = session.get_bind().dialect.name == "postgresql"
        with looking(session, way):
            assert switched_off(session) == (off if on_postgresql else set())
            if on_postgresql:
                assert session.scalar(text("SHOW plan_cache_mode")) == "force_custom_plan"
        assert switched_off(session) == set()


def test_error_leaves_nothing_behind(database: Database) -> None:
    """Neither in the connection's next transaction."""
    with pytest.raises(LookupError), database.transaction() as session, looking(session, Way.WALK):
        raise LookupError
    with database.transaction() as session:
        assert switched_off(session) == set()
