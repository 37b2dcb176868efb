"""The scopes of a realm as rows: what clients may be given, and which mappers come with it.

A client has its scopes by their names, in its own row, so that a token costs no statement more. For the same reason the mappers
of all scopes stand in the realm's row as well (`Realm.scope_mappers`), which every request has read anyway, and so do the names
of those that it takes a role for (`Realm.restricted_scopes`); `publish_scopes` alone writes them. Whoever changes a scope holds
the realm's row meanwhile.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.clients.mappers import verify_mappers
from idp.clients.metadata.administration import read_attributes
from idp.clients.metadata.flows import verify_scopes
from idp.clients.metadata.member import read_line
from idp.errors import Conflict, InvalidInput, NotFound
from idp.fields import verify_fields
from idp.models import ROLE_IN_CLIENT_SCOPE, Client, ClientScope, Realm

DEFAULT, OPTIONAL = "default", "optional"
BUILT_IN: Mapping[str, str] = {
    "profile": "Names, username and language",
    "email": "E-mail address",
    "address": "Postal address",
    "phone": "Telephone number",
    "x509": "The certificate that was signed in with",
    "offline_access": "Access while the person is not there",
}
"""What these say of a person is built in, so that they keep their names. They are optional: who does not ask is not told."""

_MOST, _MOST_OCTETS, _LONGEST = 200, 256 * 1024, 2048


def make_built_in_scopes(session: Session, realm_id: str) -> None:
    """Give a new realm the scopes whose claims are built in."""
    for name, description in BUILT_IN.items():
        session.add(ClientScope(realm_id=realm_id, name=name, description=description, assignment=OPTIONAL))
    session.flush()


def list_client_scopes(session: Session, realm_id: str) -> Sequence[ClientScope]:
    """Return the realm's scopes by name."""
    return session.scalars(select(ClientScope).where(ClientScope.realm_id == realm_id).order_by(ClientScope.name)).all()


def get_client_scope(session: Session, realm_id: str, scope_id: str) -> ClientScope:
    """Return the scope of that id in the realm; raise `NotFound`."""
    scope = session.get(ClientScope, scope_id)
    if scope is None or scope.realm_id != realm_id:
        raise NotFound("no such client scope in this realm")
    return scope


def is_untouched(scope: ClientScope) -> bool:
    """Tell whether the scope is built in, and as a new realm has it."""
    same = (scope.description, scope.assignment) == (BUILT_IN.get(scope.name), OPTIONAL)
    return same and not scope.mappers and not scope.attributes


def create_client_scope(session: Session, realm: Realm, wanted: Mapping[str, Any]) -> ClientScope:
    """Insert a scope with the columns in *wanted*; raise `InvalidInput` or `Conflict`."""
    scope = ClientScope(realm_id=realm.id, **verify_fields(_COLUMNS, {"name": None, **wanted}))
    if len(list_client_scopes(session, realm.id)) >= _MOST:
        raise Conflict(f"a realm has at most {_MOST} client scopes")
    session.add(scope)
    _flush(session)
    publish_scopes(session, realm)
    return scope


def change_client_scope(session: Session, realm: Realm, scope: ClientScope, wanted: Mapping[str, Any]) -> None:
    """Set the columns in *wanted*; its clients follow where its name changes. Raise `InvalidInput` or `Conflict`."""
    values = verify_fields(_COLUMNS, wanted)
    old, new = scope.name, values.get("name", scope.name)
    if old != new and old in BUILT_IN:
        raise InvalidInput(name="What this scope says is built in; it keeps its name.")
    for name, value in values.items():
        if getattr(scope, name) != value:
            setattr(scope, name, value)
    _flush(session)
    if old != new:
        _rename(session, realm.id, old, lambda name: new if name == old else name)
    publish_scopes(session, realm)


def delete_client_scope(session: Session, realm: Realm, scope: ClientScope) -> None:
    """Delete the scope, and take it from its clients; raise `InvalidInput` for one that is built in."""
    if scope.name in BUILT_IN:
        raise InvalidInput(name="What this scope says is built in. Take it from the clients that are not to have it.")
    _rename(session, realm.id, scope.name, lambda name: "" if name == scope.name else name)
    session.delete(scope)
    session.flush()
    publish_scopes(session, realm)


def publish_scopes(session: Session, realm: Realm) -> None:
    """Write the mappers of all scopes, and which of them take a role, into the realm's row; raise `Conflict` for too large ones."""
    scopes = list_client_scopes(session, realm.id)
    mappers = {scope.name: scope.mappers for scope in scopes if scope.mappers}
    if len(json.dumps(mappers)) > _MOST_OCTETS:
        raise Conflict("the mappers of all client scopes together are too large for what every request reads")
    having = select(ROLE_IN_CLIENT_SCOPE.c.scope_id).join(ClientScope).where(ClientScope.realm_id == realm.id)
    with_roles = set(session.scalars(having.distinct()))
    realm.restricted_scopes = [scope.name for scope in scopes if scope.id in with_roles]
    realm.scope_mappers = mappers
    session.flush()


def find_clients_with(session: Session, realm_id: str, name: str) -> list[Client]:
    """Return the realm's clients that have the scope of that name."""
    return [client for client in session.scalars(_mentioning(realm_id, name)) if name in client.scope.split()]


def _mentioning(realm_id: str, name: str) -> Select[Client]:
    having = Client.scope.contains(name, autoescape=True)
    return select(Client).where(Client.realm_id == realm_id, having).order_by(Client.id)


def _rename(session: Session, realm_id: str, name: str, change: Callable[[str], str]) -> None:
    held = _mentioning(realm_id, name).with_for_update().execution_options(populate_existing=True)
    for client in session.scalars(held):
        client.scope = " ".join(filter(None, map(change, client.scope.split())))
        client.default_scope = " ".join(filter(None, map(change, client.default_scope.split())))
        if len(client.scope) > _LONGEST:
            raise Conflict(f"the scopes of {client.client_id} would be too long together")
    session.flush()


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("there is a client scope of that name") from error


def _read_name(value: Any) -> str:
    if not isinstance(value, str) or not value or value == "openid":
        raise ValueError("A name is needed, and another than openid, which every client has.")
    return verify_scopes([value])[0]


def _read_assignment(value: Any) -> str:
    if value not in {"", DEFAULT, OPTIONAL}:
        raise ValueError(f"Use {DEFAULT} or {OPTIONAL}.")
    return str(value)


_COLUMNS: Mapping[str, Callable[[Any], Any]] = {
    "name": _read_name,
    "description": lambda value: read_line(value, 255),
    "assignment": _read_assignment,
    "mappers": verify_mappers,
    "attributes": lambda value: read_attributes(value) or {},
}
