"""Roles of the realm and of its clients, and what they are composed of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.clients.clients import find_client
from idp.errors import InvalidInput
from idp.models import COMPOSITE_ROLE, MASTER, Client, Role, new_id
from idp.transfer.job import Attempt, Job
from idp.transfer.report import Outcome
from idp.transfer.role_book import RoleBook
from idp.transfer.stream import Unusable
from idp.transfer.values import id_of, lists_of, object_of, read_object, text_of, texts_of
from idp.users.attributes import verify_attributes
from idp.users.management_roles import ADMIN, CREATE_REALM

ROLE, CLIENT_ROLE, COMPOSITE = "role", "client role", "composite role"


@dataclass(frozen=True)
class _Found:
    """A role of the export: whose it is, its name, and what is said of it."""

    client_id: str | None
    name: str
    document: Any

    @property
    def kind(self) -> str:
        return ROLE if self.client_id is None else CLIENT_ROLE

    @property
    def label(self) -> str:
        return self.name if self.client_id is None else f"{self.name} of {self.client_id}"


@dataclass(frozen=True)
class _Desk:
    """Where roles are taken in; the roles of clients in `managing` are permissions over a realm."""

    job: Job
    session: Session
    book: RoleBook
    managing: frozenset[str]


def import_roles(job: Job, members: Mapping[str, Any]) -> None:
    """Take the member `roles`, first all roles, then the composites: they may hold one another in any order."""
    try:
        found = list(_iterate(members))
    except InvalidInput as error:
        job.report.add(Outcome.FAILED, ROLE, "(all)", str(error))
        return
    with job.unit() as session:
        desk = _Desk(job, session, RoleBook(session, job.realm_id), _find_managing(session, job.realm_id))
        for role in [role for role in found if _import_role(desk, role)]:
            _compose(desk, role)


def _find_managing(session: Session, realm_id: str) -> frozenset[str]:
    chosen = select(Client.client_id).where(Client.manages_realm_id.is_not(None), Client.realm_id == realm_id)
    return frozenset(session.scalars(chosen))


def _iterate(members: Mapping[str, Any]) -> Iterator[_Found]:
    roles = (
        object_of(members, "roles") if not isinstance(members.get("roles"), Unusable) else read_object(members["roles"])
    )
    listed: list[tuple[str | None, Any]] = [(None, roles.get("realm") or [])]
    listed += list(object_of(roles, "client").items())
    for client_id, documents in listed:
        if not isinstance(documents, list):
            raise InvalidInput(roles="Use a list of roles.")
        for index, document in enumerate(documents):
            name = document.get("name") if isinstance(document, Mapping) else None
            yield _Found(client_id, name if isinstance(name, str) else f"[{index}]", document)


def _import_role(desk: _Desk, role: _Found) -> bool:
    """Take the role; tell whether it may have composites."""
    job, client_id = desk.job, role.client_id
    if client_id is None and job.realm_name == MASTER and role.name in {ADMIN, CREATE_REALM}:
        job.report.add(Outcome.LEFT, ROLE, role.label, "it administers, and is as we say")
        return False
    if client_id in desk.managing:
        if desk.book.find(client_id, role.name) is None:
            job.report.add(Outcome.LEFT, role.kind, role.label, "there is no such permission here")
        return False  # ours, and composed as we say
    client = None if client_id is None else find_client(desk.session, job.realm_id, client_id)
    if client_id is not None and client is None:
        job.report.add(Outcome.LEFT, role.kind, role.label, "its client is not here")
        return False
    row_id = None if client is None else client.id
    return job.attempt(desk.session, role.kind, role.label, lambda attempt: _take(desk, role, row_id, attempt))


def _take(desk: _Desk, role: _Found, client_row_id: str | None, attempt: Attempt) -> Outcome:
    told, session = read_object(role.document), desk.session
    description = text_of(told, "description")
    if not text_of(told, "name"):
        raise InvalidInput(name="A name is needed.")
    attributes = read_attributes(told)
    own = not description.startswith("${")  # else the name of a text in a theme of theirs
    known = desk.book.find(role.client_id, role.name)
    if known is not None:
        attempt.row_id = known
        outcome = desk.job.meet()
        if outcome is Outcome.CHANGED:
            row = session.get_one(Role, known)
            row.attributes = attributes
            row.description = description if own else row.description
        return outcome
    row_id = attempt.row_id = free_id(session, Role.__table__, told)
    row = Role(id=row_id, realm_id=desk.job.realm_id, client_id=client_row_id, name=role.name)
    row.description, row.attributes = description if own else "", attributes
    session.add(row)
    session.flush()
    desk.book.add(role.client_id, role.name, row_id)
    return Outcome.TAKEN


def _compose(desk: _Desk, role: _Found) -> None:
    if role.document.get("composites"):
        desk.job.attempt(desk.session, COMPOSITE, role.label, lambda attempt: _take_parts(desk, role, attempt))


def _take_parts(desk: _Desk, role: _Found, attempt: Attempt) -> Outcome:
    parts, role_id = object_of(role.document, "composites"), desk.book.find(role.client_id, role.name)
    children = desk.book.resolve(texts_of(parts, "realm"), lists_of(parts, "client"), attempt)
    chosen = select(COMPOSITE_ROLE.c.child_id).where(COMPOSITE_ROLE.c.role_id == role_id)
    known = set(desk.session.scalars(chosen))
    missing = [child for child in children if child not in known and child != role_id]
    if not missing or (known and desk.job.meet() is Outcome.SKIPPED):
        return Outcome.SKIPPED
    desk.session.execute(insert(COMPOSITE_ROLE), [{"role_id": role_id, "child_id": child} for child in missing])
    return Outcome.TAKEN


def read_attributes(
    document: Mapping[str, Any], verify: Callable[[Any], dict[str, list[str]]] = verify_attributes
) -> dict[str, list[str]]:
    """Return the attributes of a role or, with what verifies these, of a group; raise `InvalidInput`."""
    try:
        return verify(lists_of(document, "attributes"))
    except ValueError as error:
        raise InvalidInput(attributes=str(error)) from error


def free_id(session: Session, table: Any, document: Mapping[str, Any]) -> str:
    """Return the id that the document names, if it is one and nobody has it, or else a new one."""
    wanted = id_of(document)
    taken = wanted is None or session.scalar(select(table.c.id).where(table.c.id == wanted)) is not None
    return new_id() if wanted is None or taken else wanted
