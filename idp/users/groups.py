"""Make, change, move and delete groups. Whoever changes the tree holds the realm's row, so that two moves make no circle."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.errors import Conflict, InvalidInput
from idp.fields import verify_fields
from idp.models import CERTIFICATE_POLICY, MEMBER_OF_GROUP, Group
from idp.users.attributes import verify_attributes, verify_line, verify_name
from idp.users.group_policy import publish_demand
from idp.users.group_tree import with_ancestors, with_descendants

MAX_DEPTH = 20


def _name(value: Any) -> str:
    """A slash would make a group's path look like another's in tokens."""
    return verify_name(value, forbidden="/")


def verify_group_attributes(value: Any) -> dict[str, list[str]]:
    """Return the attributes; raise `ValueError`, also for a policy that nobody understands: it would demand nothing."""
    attributes = verify_attributes(value)
    if attributes.get(CERTIFICATE_POLICY, ["required"]) not in (["required"], ["optional"]):
        raise ValueError(f"Use required or optional for {CERTIFICATE_POLICY}.")
    return attributes


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "name": _name,
    "description": verify_line,
    "attributes": verify_group_attributes,
}


def create_group(session: Session, realm_id: str, parent: Group | None, wanted: Mapping[str, Any]) -> Group:
    """Insert a group at the top or in *parent*; raise `InvalidInput` or `Conflict`."""
    _verify_depth(session, parent, 1)
    values = verify_fields(_FIELDS, {"name": "", **wanted})
    group = Group(realm_id=realm_id, parent_id=None if parent is None else parent.id, **values)
    session.add(group)
    _flush(session)
    publish_demand(session, group)
    return group


def change_group(session: Session, group: Group, wanted: Mapping[str, Any]) -> None:
    """Set the columns in *wanted*; raise `InvalidInput` or `Conflict`."""
    for name, value in verify_fields(_FIELDS, wanted).items():
        setattr(group, name, value)
    _flush(session)
    publish_demand(session, group)


def move_group(session: Session, group: Group, parent: Group | None) -> None:
    """Put the group, with all that stands in it, into *parent* or to the top; raise `InvalidInput` or `Conflict`."""
    below = with_descendants(group.id)
    levels = {row.id: row.level for row in session.execute(select(below.c.id, below.c.level))}
    if parent is not None and parent.id in levels:
        raise InvalidInput(id="A group cannot stand in itself.")
    _verify_depth(session, parent, max(levels.values()))
    group.parent_id = None if parent is None else parent.id
    _flush(session)


def delete_group(session: Session, group: Group) -> None:
    """Delete the group with all that stand in it."""
    session.delete(group)
    session.flush()


def join_group(session: Session, user_id: str, group_id: str) -> bool:
    """Make the account a member; return whether it was none."""
    if session.execute(select(MEMBER_OF_GROUP).where(*_is_member(user_id, group_id))).one_or_none():
        return False
    session.execute(insert(MEMBER_OF_GROUP).values(user_id=user_id, group_id=group_id))
    return True


def leave_group(session: Session, user_id: str, group_id: str) -> bool:
    """End the account's membership; return whether there was one."""
    left: Any = session.execute(delete(MEMBER_OF_GROUP).where(*_is_member(user_id, group_id)))
    return bool(left.rowcount)


def _is_member(user_id: str, group_id: str) -> tuple[Any, Any]:
    return MEMBER_OF_GROUP.c.user_id == user_id, MEMBER_OF_GROUP.c.group_id == group_id


def _verify_depth(session: Session, parent: Group | None, levels: int) -> None:
    if parent is None:
        return
    above = with_ancestors(select(Group.id, Group.parent_id).where(Group.id == parent.id))
    if (session.scalar(select(func.count()).select_from(above)) or 0) + levels > MAX_DEPTH:
        raise InvalidInput(parentId=f"Groups stand in groups at most {MAX_DEPTH} deep.")


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("there is a group of that name in the same place") from error
