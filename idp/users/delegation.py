"""What an administrator may do to accounts, groups and roles, and to who has which: the REST API and the console ask here.

Each takes what they have themselves (*mine*) and raises `NotPermitted` where more than that would be given or taken over.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from idp.errors import InvalidInput
from idp.models import Group, Realm, Role, User
from idp.users.authority import (
    Authority,
    find_authority_below_group,
    find_authority_of_group,
    find_authority_of_roles,
    find_authority_of_user,
    verify_covers,
)
from idp.users.role_changes import verify_own
from idp.users.role_mappings import parts_of_role


def verify_may_give(session: Session, mine: Authority, roles: Sequence[Role]) -> None:
    """Raise `NotPermitted` where the roles give more than that."""
    verify_covers(mine, find_authority_of_roles(session, [role.id for role in roles]))


def verify_may_take_over(session: Session, mine: Authority, user: User) -> None:
    """Raise `NotPermitted` where the account has more: whoever may set its password or address can be who it belongs to."""
    verify_covers(mine, find_authority_of_user(session, user.id))


def verify_may_change_group(session: Session, mine: Authority, group: Group) -> None:
    """Raise `NotPermitted` where the group, or one in it, gives more."""
    verify_covers(mine, find_authority_below_group(session, group.id))


def verify_may_change_membership(session: Session, mine: Authority, user: User, group: Group) -> None:
    """Raise `NotPermitted` where the account has, or membership of the group gives, more."""
    verify_may_take_over(session, mine, user)
    verify_may_let_join(session, mine, group)


def verify_may_let_join(session: Session, mine: Authority, group: Group) -> None:
    """Raise `NotPermitted` where membership of the group gives more."""
    verify_covers(mine, find_authority_of_group(session, group.id))


def compose_role(session: Session, mine: Authority, realm: Realm, role: Role, parts: Sequence[Role]) -> None:
    """Compose the role of more; raise `InvalidInput` or `NotPermitted`."""
    _verify_may_compose(session, mine, realm, role, parts)
    if role in parts:
        raise InvalidInput(id="A role cannot be a part of itself.")
    parts_of_role(role.id).add(session, [part.id for part in parts])


def decompose_role(session: Session, mine: Authority, realm: Realm, role: Role, parts: Sequence[Role]) -> None:
    """Compose the role of less; raise `InvalidInput` or `NotPermitted`."""
    _verify_may_compose(session, mine, realm, role, parts)
    parts_of_role(role.id).remove(session, [part.id for part in parts])


def _verify_may_compose(session: Session, mine: Authority, realm: Realm, role: Role, parts: Sequence[Role]) -> None:
    verify_own(session, realm, role)
    verify_may_give(session, mine, [role, *parts])
