"""Delete rows that have had their time, a batch at a time, so that no table grows without end and no lock is held for long."""

from sqlalchemy import ColumnElement, TextClause, delete, select
from sqlalchemy.orm import DeclarativeBase, Session

BATCH = 1000


def delete_batch(session: Session, table: type[DeclarativeBase], *conditions: ColumnElement[bool] | TextClause) -> int:
    """Delete at most 1000 rows of *table*, which has a column `id`, that meet all *conditions*; return how many."""
    identifier = table.__table__.c.id
    ids = session.scalars(select(identifier).where(*conditions).limit(BATCH)).all()
    if ids:
        session.execute(delete(table).where(identifier.in_(ids)))
    return len(ids)
