"""Find roles: the realm's or a client's, those that somebody was given, those that a role is composed of."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from idp.models import COMPOSITE_ROLE, ROLE_OF_GROUP, ROLE_OF_USER, Role

RoleRow = tuple[Role, bool]
"""A role, and whether it is composed of others."""


def in_container(realm_id: str, client_row_id: str | None) -> ColumnElement[bool]:
    """Return the condition that a role is the realm's own, or the client's."""
    client = Role.client_id.is_(None) if client_row_id is None else Role.client_id == client_row_id
    return (Role.realm_id == realm_id) & client


def among(ids: Select[str]) -> ColumnElement[bool]:
    """Return the condition that *ids* finds a role."""
    return Role.id.in_(ids)


def matching(search: str) -> ColumnElement[bool]:
    """Return the condition that *search* is a part of a role's name or description."""
    wanted = search.lower()
    columns = (func.lower(Role.name), func.lower(Role.description))
    return or_(*(column.contains(wanted, autoescape=True) for column in columns))


def find_roles(
    session: Session,
    realm_id: str,
    *conditions: ColumnElement[bool],
    first: int = 0,
    limit: int | None = None,
    after: tuple[str, str] | None = None,
) -> Sequence[RoleRow]:
    """Return roles of the realm, its own and its clients', by name: from the *first*, or those behind a name and id."""
    composite = exists().where(COMPOSITE_ROLE.c.role_id == Role.id)
    chosen = select(Role, composite).where(Role.realm_id == realm_id, *conditions).order_by(Role.name, Role.id)
    if after is not None:
        chosen = chosen.where(tuple_(Role.name, Role.id) > after)
    return [(role, bool(made)) for role, made in session.execute(chosen.offset(first).limit(limit))]


def count_holders(session: Session, role_id: str) -> tuple[int, int]:
    """Return how many accounts, and how many groups, were given the role themselves."""
    tables = (ROLE_OF_USER, ROLE_OF_GROUP)
    counted = [
        session.scalar(select(func.count()).select_from(table).where(table.c.role_id == role_id)) for table in tables
    ]
    return counted[0] or 0, counted[1] or 0
