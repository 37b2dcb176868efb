"""A realm as Keycloak writes it, as a stream of JSON text: what `importing` reads.

Keys of authorities and signing keys never leave; secrets of clients and hashes of passwords do where it is asked for.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clients.client_scopes import BUILT_IN, list_client_scopes
from idp.clients.clients import list_clients
from idp.clients.keycloak_names import MASKED, OPENID_CONNECT, describe_client
from idp.clients.metadata.document import describe_metadata
from idp.clients.metadata.values import ClientMetadata
from idp.clients.registration import SECRET_CONTEXT
from idp.encryption import Cipher
from idp.models import COMPOSITE_ROLE, ROLE_OF_GROUP, Client, ClientScope, Group, Realm, Role
from idp.provisioning import OWN_CLIENTS
from idp.realms.keycloak_names import describe_settings
from idp.storage.database import Database
from idp.transfer.described_users import iterate_users, read_names
from idp.transfer.groups_part import GroupBook
from idp.transfer.scope_mappings_part import describe_scope_mappings
from idp.transfer.scopes_part import ASSIGNMENTS, OWN_MAPPERS

_END = "\n}\n"


@dataclass(frozen=True)
class Contents:
    """What is to be in an export beside the settings."""

    users: bool = False
    secrets: bool = False
    clients: bool = True
    groups_and_roles: bool = True


@dataclass(frozen=True)
class RoleNames:
    """The roles of a realm by id: the public client_id, None for the realm's own, and the name."""

    of: Mapping[str, tuple[str | None, str]]

    def split(self, role_ids: Iterable[str]) -> tuple[list[str], dict[str, list[str]]]:
        """Return the names of the realm's roles, and of clients' by client_id; roles of other realms are left out."""
        found = sorted(
            (self.of[role_id] for role_id in role_ids if role_id in self.of), key=lambda role: (role[0] or "", role[1])
        )
        clients: dict[str, list[str]] = {}
        for client_id, name in found:
            if client_id is not None:
                clients.setdefault(client_id, []).append(name)
        return [name for client_id, name in found if client_id is None], clients


def iterate_export(session: Session, cipher: Cipher, realm: Realm, contents: Contents) -> Iterator[str]:
    """Yield the export, piece by piece; a piece is a setting, an object, or what stands between these."""
    names = _read_role_names(session, realm.id)
    for number, (name, value) in enumerate(describe_settings(realm).items()):
        yield f"{',' if number else '{'}\n{json.dumps(name)}: {json.dumps(value)}"
    if contents.groups_and_roles:
        yield f',\n"roles": {json.dumps(_describe_roles(session, realm.id, names))}'
        yield from _iterate_list("groups", _describe_groups(session, realm.id, names))
        yield f',\n"defaultGroups": {json.dumps(_list_joined_by_new(session, realm.id))}'
    if contents.clients:
        yield from _iterate_list("clients", _iterate_clients(session, cipher, realm.id, secrets=contents.secrets))
        yield from _iterate_scopes(session, realm.id, names)
    if contents.users:
        people = read_names(session, realm.id, names.split)
        users = iterate_users(lambda: nullcontext(session), realm.id, people, secrets=contents.secrets)
        yield from _iterate_list("users", users)
    yield _END


def stream_export(database: Database, cipher: Cipher, realm_id: str, contents: Contents) -> Iterator[str]:
    """Yield the export, the people as they are read: no transaction is open while the caller takes its time."""
    with database.transaction() as session:
        realm = session.get_one(Realm, realm_id)
        pieces = list(iterate_export(session, cipher, realm, replace(contents, users=False)))
        people = read_names(session, realm_id, _read_role_names(session, realm_id).split)
    yield from pieces[:-1]
    if contents.users:
        users = iterate_users(database.transaction, realm_id, people, secrets=contents.secrets)
        yield from _iterate_list("users", users)
    yield _END


def _iterate_list(name: str, items: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield f",\n{json.dumps(name)}: ["
    for number, item in enumerate(items):
        yield f"{',' if number else ''}\n{json.dumps(item)}"
    yield "]"


def _iterate_scopes(session: Session, realm_id: str, names: RoleNames) -> Iterator[str]:
    scopes = list_client_scopes(session, realm_id)
    yield from _iterate_list("clientScopes", map(_describe_scope, scopes))
    for member, mapped in describe_scope_mappings(session, realm_id, names.of).items():
        yield f",\n{json.dumps(member)}: {json.dumps(mapped)}"
    for member, kind in ASSIGNMENTS.items():
        yield f",\n{json.dumps(member)}: {json.dumps([scope.name for scope in scopes if scope.assignment == kind])}"


def _read_role_names(session: Session, realm_id: str) -> RoleNames:
    rows = session.execute(
        select(Role.id, Client.client_id, Role.name)
        .select_from(Role)
        .outerjoin(Client, Client.id == Role.client_id)
        .where(Role.realm_id == realm_id)
    )
    return RoleNames({role_id: (client_id, name) for role_id, client_id, name in rows})


def _describe_roles(session: Session, realm_id: str, names: RoleNames) -> dict[str, Any]:
    children: dict[str, list[str]] = {}
    pairs = select(COMPOSITE_ROLE.c.role_id, COMPOSITE_ROLE.c.child_id).join(Role, Role.id == COMPOSITE_ROLE.c.role_id)
    for role_id, child_id in session.execute(pairs.where(Role.realm_id == realm_id)):
        children.setdefault(role_id, []).append(child_id)
    realm: list[dict[str, Any]] = []
    clients: dict[str, list[dict[str, Any]]] = {}
    for role in session.scalars(select(Role).where(Role.realm_id == realm_id).order_by(Role.name)):
        client_id = names.of[role.id][0]
        listed = realm if client_id is None else clients.setdefault(client_id, [])
        listed.append(_describe_role(role, realm_id, names, children.get(role.id, [])))
    return {"realm": realm, "client": clients}


def _describe_role(role: Role, realm_id: str, names: RoleNames, children: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "composite": bool(children),
        "attributes": role.attributes,
        "clientRole": role.client_id is not None,
        "containerId": role.client_id or realm_id,
    }
    if children:
        own, clients = names.split(children)
        told["composites"] = {"realm": own, "client": clients}
    return told


def _describe_groups(session: Session, realm_id: str, names: RoleNames) -> list[dict[str, Any]]:
    given: dict[str, list[str]] = {}
    pairs = select(ROLE_OF_GROUP.c.group_id, ROLE_OF_GROUP.c.role_id).join(Group, Group.id == ROLE_OF_GROUP.c.group_id)
    for group_id, role_id in session.execute(pairs.where(Group.realm_id == realm_id)):
        given.setdefault(group_id, []).append(role_id)
    within: dict[str | None, list[Group]] = {}
    for group in session.scalars(select(Group).where(Group.realm_id == realm_id).order_by(Group.name)):
        within.setdefault(group.parent_id, []).append(group)

    def describe(group: Group, parent: str) -> dict[str, Any]:
        own, clients = names.split(given.get(group.id, []))
        path = f"{parent}/{group.name}"
        return {
            "id": group.id,
            "name": group.name,
            "path": path,
            "description": group.description,
            "attributes": group.attributes,
            "realmRoles": own,
            "clientRoles": clients,
            "subGroups": [describe(child, path) for child in within.get(group.id, [])],
        }

    return [describe(group, "") for group in within.get(None, [])]


def _list_joined_by_new(session: Session, realm_id: str) -> list[str]:
    paths = GroupBook(session, realm_id).list_paths()
    joined = select(Group.id).where(Group.realm_id == realm_id, Group.joined_by_new)
    return sorted(paths[group_id] for group_id in session.scalars(joined))


def _describe_scope(scope: ClientScope) -> dict[str, Any]:
    """Return the scope; one whose claims are built in has the mappers that say more as an attribute, as Keycloak's are not these."""
    mappers = [{**mapper, "protocol": OPENID_CONNECT} for mapper in scope.mappers]
    is_built_in = scope.name in BUILT_IN
    plain = [{name: value for name, value in mapper.items() if name != "id"} for mapper in scope.mappers]
    own = {OWN_MAPPERS: json.dumps(plain)} if is_built_in and plain else {}
    return {
        "id": scope.id,
        "name": scope.name,
        "description": scope.description,
        "protocol": OPENID_CONNECT,
        "attributes": {**scope.attributes, **own},
        "protocolMappers": [] if is_built_in else mappers,
    }


def _iterate_clients(session: Session, cipher: Cipher, realm_id: str, *, secrets: bool) -> Iterator[dict[str, Any]]:
    """Yield the clients, but for those that every realm has of its own."""
    for client in list_clients(session, realm_id):
        if client.manages_realm_id is not None or client.client_id in OWN_CLIENTS:
            continue
        members = describe_metadata(ClientMetadata.of(client))
        told = {"id": client.id, "clientId": client.client_id, **describe_client(members)}
        if client.secret_encrypted is not None:
            secret = cipher.decrypt(client.secret_encrypted, SECRET_CONTEXT).decode() if secrets else MASKED
            told["secret"] = secret
        told["protocolMappers"] = [{**mapper, "protocol": OPENID_CONNECT} for mapper in client.mappers]
        unasked = client.default_scope.split()
        told["defaultClientScopes"] = unasked
        told["optionalClientScopes"] = [name for name in client.scope.split() if name not in {"openid", *unasked}]
        yield told
