"""Find clients among very many: by client_id or a part of it, and by attributes."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from idp.models import Client


@dataclass(frozen=True, kw_only=True)
class ClientQuery:
    """What clients have to be like; with `part` the client_id is any part of it, whatever its case."""

    client_id: str | None = None
    part: bool = False
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
    return [*conditions, *(Client.attributes[name].as_string() == value for name, value in query.attributes)]
