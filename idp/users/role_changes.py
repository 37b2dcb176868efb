"""Make, change and delete roles; what administers, and what everybody has, stays as it is."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.errors import Conflict, InvalidInput
from idp.fields import verify_fields
from idp.models import MASTER, Client, Realm, Role
from idp.users.attributes import verify_attributes, verify_line, verify_name
from idp.users.management_roles import ADMIN, CREATE_REALM
from idp.users.newcomers import is_default_role

_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "name": verify_name,
    "description": verify_line,
    "attributes": verify_attributes,
}


def create_role(session: Session, realm: Realm, client: Client | None, wanted: Mapping[str, Any]) -> Role:
    """Insert a role of the realm, or of the client; raise `InvalidInput` or `Conflict`."""
    if client is not None and client.manages_realm_id is not None:
        raise InvalidInput(name="The roles of this client administer, and are those that there are.")
    values = verify_fields(_FIELDS, {"name": "", **wanted})
    role = Role(realm_id=realm.id, client_id=None if client is None else client.id, **values)
    session.add(role)
    _flush(session)
    return role


def change_role(session: Session, realm: Realm, role: Role, wanted: Mapping[str, Any]) -> None:
    """Set the columns in *wanted*; raise `InvalidInput` or `Conflict`."""
    verify_own(session, realm, role)
    values = verify_fields(_FIELDS, wanted)
    if is_default_role(realm, role) and values.get("name", role.name) != role.name:
        raise InvalidInput(name="The default roles keep their name.")
    for name, value in values.items():
        setattr(role, name, value)
    _flush(session)


def delete_role(session: Session, realm: Realm, role: Role) -> None:
    """Delete the role, whoever has it; raise `InvalidInput`."""
    verify_own(session, realm, role)
    if is_default_role(realm, role):
        raise InvalidInput(name="The default roles stay.")
    session.delete(role)
    session.flush()


def verify_own(session: Session, realm: Realm, role: Role) -> None:
    """Raise `InvalidInput` for a role that administers: its name and its parts are what permissions are made of."""
    client = None if role.client_id is None else session.get_one(Client, role.client_id)
    beyond = client is None and realm.name == MASTER and role.name in {ADMIN, CREATE_REALM}
    if beyond or (client is not None and client.manages_realm_id is not None):
        raise InvalidInput(name="A role that administers stays as it is.")


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("there is a role of that name") from error
