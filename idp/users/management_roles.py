"""The roles by which people administer realms, named as Keycloak names them.

Each realm has a client ``realm-management`` whose roles are permissions over that realm. The realm ``master`` has one such client
for each realm, ``<realm>-realm``, so that its people can be given one realm and not the next; and two roles of its own:
``admin``, who may do everything everywhere, and ``create-realm``.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.errors import NotFound
from idp.models import COMPOSITE_ROLE, MASTER, Client, Realm, Role

ADMIN, CREATE_REALM = "admin", "create-realm"
REALM_ADMIN = "realm-admin"
IMPERSONATION = "impersonation"

_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "query-users": (),
        "query-groups": (),
        "query-clients": (),
        "query-realms": (),
        "view-users": ("query-users", "query-groups"),
        "manage-users": ("view-users",),
        IMPERSONATION: (),
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


def find_realm_role(session: Session, realm_id: str, name: str) -> str | None:
    """Return the id of the realm's own role of that name, or None."""
    return session.scalar(select(Role.id).where(Role.realm_id == realm_id, Role.client_id.is_(None), Role.name == name))


def find_management_role(session: Session, *, home: str, managed: str, name: str) -> str | None:
    """Return the id of the role of that name over the realm *managed* that people of the realm *home* can have (ids), or None."""
    return session.scalar(
        select(Role.id)
        .join(Client, Client.id == Role.client_id)
        .where(Client.realm_id == home, Client.manages_realm_id == managed, Role.name == name)
    )


def get_permission(session: Session, realm: Realm, name: str) -> str:
    """Return the id of a role that administers, by what an operator calls it; raise `NotFound`.

    It is a role over the realm itself; in ``master`` also ``admin``, ``create-realm``, or with the name of another realm before it,
    as in ``staff:view-users``.
    """
    other, colon, role = name.rpartition(":")
    found = None
    if realm.name == MASTER and name in {ADMIN, CREATE_REALM}:
        found = find_realm_role(session, realm.id, name)
    elif not colon:
        found = find_management_role(session, home=realm.id, managed=realm.id, name=name)
    elif managed := session.scalar(select(Realm.id).where(Realm.name == other)):
        found = find_management_role(session, home=realm.id, managed=managed, name=role)
    if found is None:
        raise NotFound(f"there is no role {name!r} that administers, for people of {realm.name!r}")
    return found


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
