"""The roles by which people administer realms, named as Keycloak names them.

Each realm has a client ``realm-management`` whose roles are permissions over that realm. The realm ``master`` has one such client
for each realm, ``<realm>-realm``, so that its people can be given one realm and not the next; and two roles of its own:
``admin``, who may do everything everywhere, and ``create-realm``.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.models import COMPOSITE_ROLE, ROLE_OF_USER, Client, Role, User

ADMIN, CREATE_REALM = "admin", "create-realm"
REALM_ADMIN = "realm-admin"

_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "query-users": (),
        "query-groups": (),
        "query-clients": (),
        "query-realms": (),
        "view-users": ("query-users", "query-groups"),
        "manage-users": ("view-users",),
        "impersonation": (),
        "create-client": (),
        "view-clients": ("query-clients",),
        "manage-clients": ("view-clients", "create-client"),
        "view-authorization": (),
        "manage-authorization": ("view-authorization",),
        "view-realm": (),
        "manage-realm": ("view-realm",),
        "view-events": (),
        "manage-events": ("view-events",),
        "view-identity-providers": (),
        "manage-identity-providers": ("view-identity-providers",),
        "view-certificates": (),
        "manage-certificates": ("view-certificates",),
        "view-mail": (),
        "manage-mail": ("view-mail",),
    }
)
MANAGEMENT_ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType({REALM_ADMIN: tuple(_PARTS), **_PARTS})
"""Each role of such a client with the roles it is composed of. Unlike Keycloak's, who manages may also view."""


def ensure_management_roles(session: Session, client: Client) -> None:
    """Give a client that manages a realm the roles it lacks, of this version or all."""
    known = _find_roles(session, client)
    missing = [name for name in MANAGEMENT_ROLES if name not in known]
    for name in missing:
        session.add(Role(realm_id=client.realm_id, client_id=client.id, name=name))
    session.flush()
    if missing:
        _compose(session, _find_roles(session, client), missing)


def ensure_master_roles(session: Session, realm_id: str) -> None:
    """Give the realm ``master`` the roles that reach beyond it."""
    of_realm = select(Role.name).where(Role.realm_id == realm_id, Role.client_id.is_(None))
    known = set(session.scalars(of_realm))
    for name, text in ((ADMIN, "Everything, in every realm"), (CREATE_REALM, "May create realms")):
        if name not in known:
            session.add(Role(realm_id=realm_id, name=name, description=text))
    session.flush()


def give_everything(session: Session, user: User) -> None:
    """Give somebody of ``master`` its role ``admin``, which is everything in every realm."""
    role_id = session.scalars(
        select(Role.id).where(Role.realm_id == user.realm_id, Role.client_id.is_(None), Role.name == ADMIN)
    ).one()
    held = select(ROLE_OF_USER.c.role_id).where(ROLE_OF_USER.c.user_id == user.id, ROLE_OF_USER.c.role_id == role_id)
    if session.scalar(held) is None:
        session.execute(insert(ROLE_OF_USER).values(user_id=user.id, role_id=role_id))


def _find_roles(session: Session, client: Client) -> dict[str, str]:
    return {role.name: role.id for role in session.scalars(select(Role).where(Role.client_id == client.id))}


def _compose(session: Session, ids: Mapping[str, str], missing: Iterable[str]) -> None:
    """Insert the parts of *missing* roles, and those of the others that are missing themselves."""
    fresh = set(missing)
    pairs = [
        {"role_id": ids[name], "child_id": ids[part]}
        for name, parts in MANAGEMENT_ROLES.items()
        for part in parts
        if name in fresh or part in fresh
    ]
    session.execute(insert(COMPOSITE_ROLE), pairs)
