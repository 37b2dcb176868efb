"""Look through a realm's clients: by a part of client_id or name, paged by key so that every page costs the same."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from idp.models import Client


def search_clients(
    session: Session, realm_id: str, search: str = "", *, after: str = "", limit: int = 50
) -> Sequence[Client]:
    """Return up to *limit* clients by client_id, those after the client_id *after*; all of them without a *search*."""
    statement = select(Client).where(Client.realm_id == realm_id).order_by(Client.client_id).limit(limit)
    if after:
        statement = statement.where(Client.client_id > after)
    if search:
        columns = (func.lower(Client.client_id), func.lower(Client.name))
        part = search.lower()
        statement = statement.where(or_(*(column.contains(part, autoescape=True) for column in columns)))
    return session.scalars(statement).all()
