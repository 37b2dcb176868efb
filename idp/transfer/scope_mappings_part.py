"""Which roles are in the scope of clients and of client scopes: the members `scopeMappings` and `clientScopeMappings`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clients.client_scopes import publish_scopes
from idp.clients.clients import find_client
from idp.errors import InvalidInput
from idp.models import ROLE_IN_CLIENT, ROLE_IN_CLIENT_SCOPE, Client, ClientScope, Realm
from idp.provisioning import OWN_CLIENTS
from idp.transfer.job import Attempt, Job
from idp.transfer.report import Outcome
from idp.transfer.role_book import RoleBook
from idp.transfer.values import list_of, object_of, read_object, text_of, texts_of
from idp.users.role_mappings import RolesOf, roles_in_client, roles_in_client_scope

MAPPINGS = "scope mappings"
OF_REALM, OF_CLIENTS = "scopeMappings", "clientScopeMappings"
_OF_CLIENT, _OF_SCOPE = "client", "clientScope"


@dataclass
class _Roles:
    """The names of roles that are mapped to one client or client scope."""

    realm: list[str] = field(default_factory=list)
    clients: dict[str, list[str]] = field(default_factory=dict)


def import_scope_mappings(job: Job, members: Mapping[str, Any]) -> None:
    """Take both members; clients, client scopes and roles are there already."""
    try:
        found = _gather(members)
    except InvalidInput as error:
        job.report.add(Outcome.FAILED, MAPPINGS, "(all)", str(error))
        return
    with job.unit() as session:
        book = RoleBook(session, job.realm_id)
        for (kind, name), roles in found.items():
            _import(job, session, book, (kind, name), roles)
        publish_scopes(session, session.get_one(Realm, job.realm_id))


def _gather(members: Mapping[str, Any]) -> dict[tuple[str, str], _Roles]:
    """Return the roles by the member that names what they are mapped to, and its name; raise `InvalidInput`."""
    found: dict[tuple[str, str], _Roles] = {}
    for of, names in _iterate(list_of(members, OF_REALM)):
        found.setdefault(of, _Roles()).realm += names
    clients = object_of(members, OF_CLIENTS)
    for client_id in clients:
        for of, names in _iterate(list_of(clients, client_id)):
            found.setdefault(of, _Roles()).clients.setdefault(client_id, []).extend(names)
    return found


def _iterate(documents: list[Any]) -> Iterator[tuple[tuple[str, str], list[str]]]:
    for value in documents:
        document = read_object(value)
        kind = _OF_CLIENT if document.get(_OF_CLIENT) else _OF_SCOPE
        yield (kind, text_of(document, kind)), texts_of(document, "roles")


def _import(job: Job, session: Session, book: RoleBook, of: tuple[str, str], roles: _Roles) -> None:
    rows = _find(job, session, of)
    if rows is None:
        job.report.add(Outcome.LEFT, MAPPINGS, of[1], f"there is no {of[0]} of that name that has any here")
        return

    def take(attempt: Attempt) -> Outcome:
        return _take(job, session, rows, book.resolve(roles.realm, roles.clients, attempt))

    if of in job.skipped:
        job.report.add(Outcome.SKIPPED, MAPPINGS, of[1])
    else:
        job.attempt(session, MAPPINGS, of[1], take)


def _find(job: Job, session: Session, of: tuple[str, str]) -> RolesOf | None:
    kind, name = of
    if kind == _OF_CLIENT:
        client = find_client(session, job.realm_id, name)
        own = client is None or client.manages_realm_id is not None or client.client_id in OWN_CLIENTS
        return None if client is None or own else roles_in_client(client.id)
    scope = session.scalars(select(ClientScope).filter_by(realm_id=job.realm_id, name=name)).one_or_none()
    return None if scope is None else roles_in_client_scope(scope.id)


def _take(job: Job, session: Session, rows: RolesOf, role_ids: list[str]) -> Outcome:
    known = set(session.scalars(rows.ids()))
    if known.issuperset(role_ids) or (known and job.meet() is Outcome.SKIPPED):
        return Outcome.SKIPPED
    rows.add(session, role_ids)
    return Outcome.CHANGED if known else Outcome.TAKEN


def describe_scope_mappings(
    session: Session, realm_id: str, names: Mapping[str, tuple[str | None, str]]
) -> dict[str, Any]:
    """Return both members; *names* has whose each role is, and its name, by its id."""
    mapped: dict[tuple[str | None, str, str], list[str]] = {}
    for kind, owner, role_id in _iterate_rows(session, realm_id):
        if role_id in names:
            client_id, name = names[role_id]
            mapped.setdefault((client_id, kind, owner), []).append(name)
    of_realm: list[dict[str, Any]] = []
    of_clients: dict[str, list[dict[str, Any]]] = {}
    for client_id, kind, owner in sorted(mapped, key=lambda key: (key[0] or "", *key[1:])):
        listed = of_realm if client_id is None else of_clients.setdefault(client_id, [])
        listed.append({kind: owner, "roles": sorted(mapped[client_id, kind, owner])})
    return {OF_REALM: of_realm, OF_CLIENTS: of_clients}


def _iterate_rows(session: Session, realm_id: str) -> Iterator[tuple[str, str, str]]:
    of_clients = (
        select(Client.client_id, ROLE_IN_CLIENT.c.role_id)
        .join(ROLE_IN_CLIENT, ROLE_IN_CLIENT.c.client_id == Client.id)
        .where(Client.realm_id == realm_id)
    )
    of_scopes = (
        select(ClientScope.name, ROLE_IN_CLIENT_SCOPE.c.role_id)
        .join(ROLE_IN_CLIENT_SCOPE, ROLE_IN_CLIENT_SCOPE.c.scope_id == ClientScope.id)
        .where(ClientScope.realm_id == realm_id)
    )
    for kind, rows in ((_OF_CLIENT, of_clients), (_OF_SCOPE, of_scopes)):
        for name, role_id in session.execute(rows):
            yield kind, name, role_id
