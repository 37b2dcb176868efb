"""What every new person gets: the realm's default roles, and the groups that new people join.

The default roles are one composite role, ``default-roles-<realm>``, as Keycloak has it: what is added to it everybody has who was
not deprived of it.
"""

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from idp.models import MEMBER_OF_GROUP, ROLE_OF_USER, Group, Realm, Role

PREFIX = "default-roles-"


def ensure_default_role(session: Session, realm: Realm) -> None:
    """Give the realm the role that its new people get."""
    name = f"{PREFIX}{realm.name}"
    known = select(Role.id).where(Role.realm_id == realm.id, Role.client_id.is_(None), Role.name == name)
    if session.scalar(known) is None:
        session.add(Role(realm_id=realm.id, name=name, description="What every new person gets"))
        session.flush()


def is_default_role(realm: Realm, role: Role) -> bool:
    """Tell whether it is the role that the realm's new people get."""
    return role.realm_id == realm.id and role.client_id is None and role.name == f"{PREFIX}{realm.name}"


def welcome(session: Session, realm_id: str, user_id: str) -> None:
    """Give a new account what new people get."""
    role = (
        select(literal(user_id), Role.id)
        .join(Realm, Realm.id == Role.realm_id)
        .where(Role.realm_id == realm_id, Role.client_id.is_(None), Role.name == literal(PREFIX) + Realm.name)
    )
    session.execute(insert(ROLE_OF_USER).from_select(["user_id", "role_id"], role))
    groups = select(literal(user_id), Group.id).where(Group.realm_id == realm_id, Group.joined_by_new)
    session.execute(insert(MEMBER_OF_GROUP).from_select(["user_id", "group_id"], groups))
