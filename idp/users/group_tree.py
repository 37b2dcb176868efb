"""Groups stand in groups: everything above one, everything below one, and paths such as ``/staff/support``."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import CTE, Select, literal, select
from sqlalchemy.orm import Session, aliased

from idp.models import Group


def with_ancestors(chosen: Select[str, str | None]) -> CTE:
    """Return a table (id, parent_id) of the groups that *chosen* finds and of all that those stand in."""
    start = chosen.cte("own_groups", recursive=True)
    return start.union(select(Group.id, Group.parent_id).where(Group.id == start.c.parent_id))


def with_descendants(group_id: str) -> CTE:
    """Return a table (id, level) of the group, on level 1, and all that stand in it."""
    start = select(Group.id, literal(1).label("level")).where(Group.id == group_id).cte("subtree", recursive=True)
    return start.union(select(Group.id, start.c.level + 1).where(Group.parent_id == start.c.id))


def list_ancestors(session: Session, group_ids: Collection[str]) -> dict[str, Group]:
    """Return the groups and all that they stand in, by their ids."""
    above = with_ancestors(select(Group.id, Group.parent_id).where(Group.id.in_(group_ids)))
    return {group.id: group for group in session.scalars(select(Group).where(Group.id.in_(select(above.c.id))))}


def build_path(groups: Mapping[str, Group], group_id: str) -> str:
    """Return the path of a group; *groups* has it and all that it stands in."""
    return "/" + "/".join(groups[step].name for step in reversed(list_steps(groups, group_id)))


def list_steps(groups: Mapping[str, Group], group_id: str) -> list[str]:
    """Return the ids from the group up to the top."""
    steps: list[str] = []
    step: str | None = group_id
    while step is not None and step in groups and len(steps) < len(groups):
        steps.append(step)
        step = groups[step].parent_id
    return steps


def find_group_by_path(session: Session, realm_id: str, names: Sequence[str]) -> Group | None:
    """Return the group that the *names*, one or more from the top, lead to, or None."""
    last, *others = reversed(names)
    below = chosen = aliased(Group)
    query = select(chosen).where(chosen.realm_id == realm_id, chosen.name == last)
    for name in others:
        above = aliased(Group)
        query = query.join(above, below.parent_id == above.id).where(above.name == name)
        below = above
    return session.scalars(query.where(below.parent_id.is_(None))).one_or_none()
