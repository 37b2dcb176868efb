"""Find groups: at the top, in a group, of a person, by name or attribute; and count what stands in them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from idp.models import MEMBER_OF_GROUP, ROLE_OF_GROUP, Client, Group, Role
from idp.users.group_tree import with_descendants
from idp.users.roles import HeldRole
from idp.users.search import has_attribute


@dataclass(frozen=True, kw_only=True)
class GroupQuery:
    """What groups have to be like: *search* is a part of the name, with *exact* the whole."""

    search: str = ""
    exact: bool = False
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def chooses(self) -> bool:
        """Tell whether it is about some of the groups, wherever they stand."""
        return bool(self.search or self.attributes)


def at_top() -> ColumnElement[bool]:
    """Return the condition that a group stands in none."""
    return Group.parent_id.is_(None)


def standing_in(group_id: str) -> ColumnElement[bool]:
    """Return the condition that a group stands in that one, without others between."""
    return Group.parent_id == group_id


def joined_by(user_id: str) -> ColumnElement[bool]:
    """Return the condition that the account is a member itself."""
    return Group.id.in_(select(MEMBER_OF_GROUP.c.group_id).where(MEMBER_OF_GROUP.c.user_id == user_id))


def joined_by_new() -> ColumnElement[bool]:
    """Return the condition that new people join a group."""
    return Group.joined_by_new.is_(True)


def holding(role_id: str) -> ColumnElement[bool]:
    """Return the condition that the group itself was given the role."""
    return Group.id.in_(select(ROLE_OF_GROUP.c.group_id).where(ROLE_OF_GROUP.c.role_id == role_id))


def list_groups(
    session: Session,
    realm_id: str,
    *conditions: ColumnElement[bool],
    query: GroupQuery,
    first: int = 0,
    limit: int,
    after: tuple[str, str] | None = None,
) -> Sequence[Group]:
    """Return groups of the realm by name: from the *first*, or those behind a name and id."""
    conditions += () if after is None else (tuple_(Group.name, Group.id) > after,)
    chosen = select(Group).where(Group.realm_id == realm_id, *conditions, *_conditions(session, query))
    return session.scalars(chosen.order_by(Group.name, Group.id).offset(first).limit(limit)).all()


def count_groups(session: Session, realm_id: str, *conditions: ColumnElement[bool], query: GroupQuery) -> int:
    """Return how many there are."""
    chosen = select(func.count()).select_from(Group)
    return session.scalar(chosen.where(Group.realm_id == realm_id, *conditions, *_conditions(session, query))) or 0


def count_subgroups(session: Session, group_ids: Collection[str]) -> Mapping[str, int]:
    """Return how many groups stand in each of those, where there are any."""
    counted = select(Group.parent_id, func.count()).where(Group.parent_id.in_(group_ids)).group_by(Group.parent_id)
    return {str(parent_id): number for parent_id, number in session.execute(counted)}


def count_below(session: Session, group_id: str) -> tuple[int, int]:
    """Return how many groups stand in that one, whatever is between, and how many accounts are in it or one of them."""
    below = select(with_descendants(group_id).c.id)
    members = select(func.count(MEMBER_OF_GROUP.c.user_id.distinct())).where(MEMBER_OF_GROUP.c.group_id.in_(below))
    groups = session.scalar(select(func.count()).select_from(below.subquery())) or 1
    return groups - 1, session.scalar(members) or 0


def list_roles_of_groups(session: Session, group_ids: Collection[str]) -> Mapping[str, list[HeldRole]]:
    """Return the roles that each of the groups was given itself, by name."""
    rows = session.execute(
        select(ROLE_OF_GROUP.c.group_id, Role.name, Client.client_id)
        .join(Role, Role.id == ROLE_OF_GROUP.c.role_id)
        .outerjoin(Client, Client.id == Role.client_id)
        .where(ROLE_OF_GROUP.c.group_id.in_(group_ids))
        .order_by(Client.client_id, Role.name)
    )
    found: dict[str, list[HeldRole]] = {}
    for group_id, name, client_id in rows:
        found.setdefault(group_id, []).append(HeldRole(name, client_id))
    return found


def _conditions(session: Session, query: GroupQuery) -> list[ColumnElement[bool]]:
    name, wanted = func.lower(Group.name), query.search.lower()
    conditions = [has_attribute(session, Group.attributes, *pair) for pair in query.attributes]
    if query.search and query.exact:
        conditions.append(Group.name == query.search)
    elif query.search:
        conditions.append(name.contains(wanted, autoescape=True))
    return conditions
