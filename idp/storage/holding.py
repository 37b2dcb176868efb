"""Hold a row until the transaction ends: others who hold or change it wait, and those who merely refer to it do not.

By an update that changes nothing, as SQLite has no SELECT FOR UPDATE and takes its one lock with the first write.
"""

from typing import Any, TypeVar

from sqlalchemy import update
from sqlalchemy.orm import Session

from idp.errors import NotFound
from idp.models import CertificateAuthority, Client, Realm, TrustAnchor, User

E = TypeVar("E", User, Client, Realm, TrustAnchor, CertificateAuthority)


def hold(session: Session, row: E) -> E:
    """Hold *row*, read it anew and return it; raise `NotFound` where it is gone by now."""
    if not hold_by_id(session, type(row), row.id):
        raise NotFound("it was deleted a moment ago")
    session.refresh(row)
    return row


def hold_by_id(session: Session, entity: type[E], row_id: str) -> bool:
    """Hold the row with this id, leave what the session knows of it as it is, and tell whether it is there."""
    statement = update(entity).where(entity.id == row_id).values(created_at=entity.created_at)
    held: Any = session.execute(statement.execution_options(synchronize_session=False))
    return bool(held.rowcount)
