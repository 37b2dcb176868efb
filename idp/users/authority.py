"""What somebody may administer. Nobody may give, or take over, more than they have: decided here and nowhere else."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, or_, select, union
from sqlalchemy.orm import Session

from idp.errors import NotPermitted
from idp.models import MASTER, Client, Realm, Role, User
from idp.users.management_roles import ADMIN, CREATE_REALM, MANAGEMENT_ROLES
from idp.users.roles import roles_given_below_group, roles_given_to_group, roles_given_to_user, with_composites


@dataclass(frozen=True)
class Authority:
    """Permissions as pairs of a realm's id and a role; `everything` is master's ``admin``."""

    everything: bool = False
    creates_realms: bool = False
    roles: frozenset[tuple[str, str]] = frozenset()

    def holds(self, realm_id: str, role: str) -> bool:
        """Tell whether *role* is held over the realm."""
        return self.everything or (realm_id, role) in self.roles

    def reaches(self, realm_id: str) -> bool:
        """Tell whether anything at all may be done in the realm."""
        return self.everything or any(of == realm_id for of, _ in self.roles)

    def covers(self, other: "Authority") -> bool:
        """Tell whether *other* is no more than this."""
        if self.everything:
            return True
        creates = self.creates_realms or not other.creates_realms
        return creates and not other.everything and other.roles <= self.roles


def find_authority_of_user(session: Session, user_id: str, *, within: Select[str] | None = None) -> Authority:
    """Return what the account may administer, by its own roles and its groups'; *within* finds the only roles that count."""
    return _find(session, roles_given_to_user(user_id), within)


def find_authority_of_group(session: Session, group_id: str) -> Authority:
    """Return what membership of the group gives."""
    return _find(session, roles_given_to_group(group_id))


def find_authority_below_group(session: Session, group_id: str) -> Authority:
    """Return what members of the group, or of one that stands in it, have by these."""
    given = union(roles_given_to_group(group_id), roles_given_below_group(group_id)).subquery()
    return _find(session, select(given.c.role_id))


def find_authority_of_roles(session: Session, role_ids: Collection[str]) -> Authority:
    """Return what the roles (their rows' ids) give, with all that they are composed of."""
    return _find(session, select(Role.id).where(Role.id.in_(role_ids)))


def find_authority_of_client(session: Session, client_row_id: str) -> Authority:
    """Return what the client may administer in its own name: whoever has its secret has that."""
    account = session.scalar(select(User.id).where(User.service_account_client_id == client_row_id))
    return Authority() if account is None else find_authority_of_user(session, account)


def find_authority_of_anybody(realm: Realm) -> Authority:
    """Return what an account of *realm* may have at the most: what it takes to decide who somebody is."""
    if realm.name == MASTER:
        return Authority(everything=True)
    return Authority(roles=frozenset((realm.id, role) for role in MANAGEMENT_ROLES))


def may_be_anybody(mine: Authority, realm: Realm) -> bool:
    """Tell whether whoever has *mine* may decide who somebody of *realm* is: that takes ``realm-admin``, in master ``admin``."""
    return mine.covers(find_authority_of_anybody(realm))


def verify_covers(mine: Authority, other: Authority) -> None:
    """Raise `NotPermitted` where *other* is more than *mine*: it can be neither given nor taken over."""
    if not mine.covers(other):
        raise NotPermitted("This needs every permission that would be given, or that the account already has.")


def _find(session: Session, given: Select[str], within: Select[str] | None = None) -> Authority:
    bounds = [] if within is None else [Role.id.in_(within)]
    reaching_out = Role.client_id.is_(None) & (Realm.name == MASTER) & Role.name.in_((ADMIN, CREATE_REALM))
    rows = session.execute(
        select(Role.name, Client.manages_realm_id)
        .join(Realm, Realm.id == Role.realm_id)
        .outerjoin(Client, Client.id == Role.client_id)
        .where(Role.id.in_(with_composites(given)), *bounds, or_(Client.manages_realm_id.is_not(None), reaching_out))
    ).all()
    beyond = {name for name, realm_id in rows if realm_id is None}
    return Authority(
        everything=ADMIN in beyond,
        creates_realms=bool(beyond),
        roles=frozenset((realm_id, name) for name, realm_id in rows if realm_id is not None),
    )
