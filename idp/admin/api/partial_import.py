"""Parts of a realm taken in at once: ``POST /realms/{realm}/partialImport``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy.orm import Session

from idp.admin.api.call import Call
from idp.admin.api.policies import InRealm
from idp.admin.api.representation import Representation
from idp.admin.api.resource import Resource
from idp.admin.importing import LARGEST, Wanted, count, iterate_changes, read_document, take_in, verify_may_import
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.models import Realm
from idp.transfer.clients_part import CLIENT
from idp.transfer.groups_part import GROUP
from idp.transfer.job import OnConflict
from idp.transfer.report import Line, Outcome
from idp.transfer.roles_part import CLIENT_ROLE, COMPOSITE, ROLE
from idp.transfer.scopes_part import SCOPE
from idp.transfer.users_part import USER

partial_import = Resource("Import and export")
_POLICIES = {"SKIP": OnConflict.SKIP, "OVERWRITE": OnConflict.UPDATE, "FAIL": OnConflict.FAIL}
_ACTIONS = {
    Outcome.TAKEN: "ADDED",
    Outcome.CHANGED: "OVERWRITTEN",
    Outcome.SKIPPED: "SKIPPED",
    Outcome.FAILED: "FAILED",
}
_TYPES = {
    USER: "USER",
    CLIENT: "CLIENT",
    ROLE: "REALM_ROLE",
    CLIENT_ROLE: "CLIENT_ROLE",
    GROUP: "GROUP",
    SCOPE: "CLIENT_SCOPE",
}


class PartialImportRepresentation(Representation):
    """What may be in the body; the rest of a realm's export may be there as well, and is passed over."""

    ifResourceExists: str = "SKIP"
    users: list[dict[str, object]] | None = None
    clients: list[dict[str, object]] | None = None
    clientScopes: list[dict[str, object]] | None = None
    groups: list[dict[str, object]] | None = None
    roles: dict[str, object] | None = None


class PartialImportResult(Representation):
    """What became of one object; the message says why it failed."""

    action: str
    resourceType: str
    resourceName: str
    id: str | None = None
    errorMessage: str | None = None


class WithoutCounterpart(Representation):
    """What there is no counterpart of: of an object that was taken, or the object as a whole."""

    resourceType: str
    resourceName: str
    message: str


class PartialImportResults(Representation):
    """Keycloak's answer, and of our own what failed and what was left out."""

    overwritten: int
    added: int
    skipped: int
    failed: int
    results: list[PartialImportResult]
    withoutCounterpart: list[WithoutCounterpart]


@partial_import.post(
    "/realms/{realm}/partialImport",
    InRealm("manage-realm"),
    status=200,
    largest=LARGEST,
    document=PartialImportRepresentation,
)
def import_parts(call: Call) -> PartialImportResults:
    """Take users, clients, client scopes, groups and roles; each object is taken as a whole or not at all.

    With FAIL nothing is taken where anything is there already (409) or cannot be taken (400).
    """
    files, parts = read_document(call.content)
    wanted = Wanted(files, parts, _read_policy(parts.members.get("ifResourceExists")))
    verify_may_import(call.caller.authority, call.realm, wanted)
    return _describe(take_into(call, call.realm, wanted))


def take_into(call: Call, realm: Realm, wanted: Wanted) -> list[Line]:
    """Take in the document within the call's transaction, and note what was changed."""

    @contextmanager
    def unit() -> Iterator[Session]:
        yield call.session
        call.session.flush()

    lines = take_in(call.services, unit, realm, wanted)
    call.record_at(realm.id, Tag.REALM_IMPORTED, "partialImport", count(lines))
    for change in iterate_changes(lines):
        call.record_at(realm.id, change.tag, change.resource, {}, user_id=change.user_id, client_id=change.client_id)
    return lines


def _read_policy(value: object) -> OnConflict:
    if value is None:
        return OnConflict.SKIP
    if not isinstance(value, str) or value not in _POLICIES:
        raise InvalidInput(ifResourceExists="It is SKIP, OVERWRITE or FAIL.")
    return _POLICIES[value]


def describe_result(line: Line) -> PartialImportResult:
    """Return the line as a result, with the object's name as Keycloak writes it."""
    return PartialImportResult(
        action=_ACTIONS[line.outcome],
        resourceType=_type_of(line),
        resourceName=_name_of(line),
        id=line.row_id or None,
        errorMessage=line.text or None,
    )


def _describe(lines: Sequence[Line]) -> PartialImportResults:
    results = [describe_result(line) for line in lines if _is_result(line)]
    numbers = {action: sum(result.action == action for result in results) for action in _ACTIONS.values()}
    left = [line for line in lines if line.outcome is Outcome.LEFT]
    return PartialImportResults(
        overwritten=numbers["OVERWRITTEN"],
        added=numbers["ADDED"],
        skipped=numbers["SKIPPED"],
        failed=numbers["FAILED"],
        results=results,
        withoutCounterpart=[
            WithoutCounterpart(resourceType=_type_of(line), resourceName=_name_of(line), message=line.text)
            for line in left
        ],
    )


def _is_result(line: Line) -> bool:
    """Tell whether it is about an object; what a role is composed of counts where it failed."""
    return line.outcome is not Outcome.LEFT and (line.kind != COMPOSITE or line.outcome is Outcome.FAILED)


def _type_of(line: Line) -> str:
    if line.kind == COMPOSITE:
        return "CLIENT_ROLE" if " of " in line.name else "REALM_ROLE"
    return _TYPES.get(line.kind, "REALM")


def _name_of(line: Line) -> str:
    kind = _type_of(line)
    if kind == "CLIENT_ROLE":
        name, _, client_id = line.name.rpartition(" of ")
        return f"{client_id}-->{name}"
    return line.name.rpartition(" (")[0] or line.name if kind == "USER" else line.name.removeprefix("/")
