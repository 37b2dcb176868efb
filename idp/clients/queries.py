"""Find clients among very many: by client_id or a part of it, by a part of their names, and by attributes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from idp.models import Client


@dataclass(frozen=True, kw_only=True)
class ClientQuery:
    """What clients have to be like.

    With `part` the client_id is any part of it; `text` is a part of the client_id or of the name; both whatever their case.
    """

    client_id: str | None = None
    part: bool = False
    text: str = ""
    attributes: tuple[tuple[str, str], ...] = ()


def search_clients(
    session: Session, realm_id: str, query: ClientQuery, *, first: int = 0, limit: int = 100, after: str | None = None
) -> Sequence[Client]:
    """Return clients by client_id: *limit* of them from the *first*, or those that follow the client_id *after*."""
    chosen = select(Client).where(*_conditions(realm_id, query)).order_by(Client.client_id).limit(limit)
    chosen = chosen.where(Client.client_id > after) if after is not None else chosen.offset(first)
    return session.scalars(chosen).all()


def _conditions(realm_id: str, query: ClientQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Client.realm_id == realm_id]
    if query.client_id is not None and query.part:
        conditions.append(Client.client_id.icontains(query.client_id, autoescape=True))
    elif query.client_id is not None:
        conditions.append(Client.client_id == query.client_id)
    if query.text:
        columns = (Client.client_id, Client.name)
        conditions.append(or_(*(column.icontains(query.text, autoescape=True) for column in columns)))
    return [*conditions, *(Client.attributes[name].as_string() == value for name, value in query.attributes)]
