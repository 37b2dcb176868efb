"""Parts of a realm that come over HTTP: bounded, in one transaction, and held to what whoever sends them may give.

An import decides who somebody is: it brings passwords, roles, and applications that act in their own name. So it takes every
permission that an account of the realm may have, unless what is in it gives nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from idp.errors import IdpError, InvalidInput
from idp.events.tags import Tag
from idp.models import Realm
from idp.storage.holding import hold_by_id
from idp.transfer.clients_part import CLIENT
from idp.transfer.export_files import ExportFiles, Parts, iterate_users, read_parts, wrap_octets
from idp.transfer.groups_part import GROUP
from idp.transfer.importing import import_into_realm
from idp.transfer.job import THERE_ALREADY, Allowance, Job, Means, OnConflict, Unit
from idp.transfer.realm_part import tell_what_stays
from idp.transfer.report import Line, Outcome, Report
from idp.transfer.roles_part import CLIENT_ROLE, ROLE
from idp.transfer.scopes_part import ASSIGNMENTS, SCOPE
from idp.transfer.stream import ExportUnreadable
from idp.transfer.users_part import USER
from idp.users.authority import Authority, find_authority_of_anybody, verify_covers
from idp.web.services import Services

LARGEST = 4 * 1024 * 1024
"""Octets of a document; a larger one is for `idp realm import`."""

MOST_LINES = 20_000
MOST_PASSWORDS = 100
"""In plain text: each takes as long to hash as a login."""

_CHANGES = {
    USER: (Tag.USER_CREATED, Tag.USER_CHANGED, "users"),
    CLIENT: (Tag.CLIENT_CREATED, Tag.CLIENT_CHANGED, "clients"),
    ROLE: (Tag.ROLE_CREATED, Tag.ROLE_CHANGED, "roles-by-id"),
    CLIENT_ROLE: (Tag.ROLE_CREATED, Tag.ROLE_CHANGED, "roles-by-id"),
    GROUP: (Tag.GROUP_CREATED, Tag.GROUP_CHANGED, "groups"),
    SCOPE: (Tag.CLIENT_SCOPE_CREATED, Tag.CLIENT_SCOPE_CHANGED, "client-scopes"),
}


class ImportRefused(IdpError):
    """Objects of an import failed that is to be taken as a whole or not at all."""

    def __init__(self, lines: Sequence[Line]) -> None:
        super().__init__("; ".join(map(str, lines[:3])))
        self.lines = lines

    @property
    def is_conflict(self) -> bool:
        """Whether all that is wrong is what was there before."""
        return all(line.text == THERE_ALREADY for line in self.lines)


@dataclass(frozen=True)
class Wanted:
    """A document that has been looked at, and what is to become of what is there already."""

    files: ExportFiles
    parts: Parts
    on_conflict: OnConflict

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it but settings."""
        names = {"roles", "defaultGroups", *ASSIGNMENTS}
        others = any(self.parts.members.get(name) for name in names) or any(self.parts.packed.values())
        return not others and not self._has_people()

    @property
    def gives_nothing(self) -> bool:
        """Whether nobody gains anything by it: it has new roles of the realm alone, composed of nothing."""
        roles = self.parts.members.get("roles", {})
        plain = self.parts.members.keys() <= {"ifResourceExists", "roles"} and not any(self.parts.packed.values())
        if (
            not plain
            or self.on_conflict is OnConflict.UPDATE
            or not isinstance(roles, dict)
            or not roles.keys() <= {"realm"}
        ):
            return False
        listed = roles.get("realm") or []
        single = isinstance(listed, list) and not any(
            isinstance(role, dict) and role.get("composites") for role in listed
        )
        return single and not self._has_people()

    def _has_people(self) -> bool:
        try:
            return next(iterate_users(self.files, lambda _: None), None) is not None
        except ExportUnreadable as error:
            raise InvalidInput(document=str(error)) from error


@dataclass(frozen=True)
class Change:
    """What an import did to one object, as an event has it."""

    tag: Tag
    resource: str
    user_id: str | None
    client_id: str | None


def read_document(content: bytes) -> tuple[ExportFiles, Parts]:
    """Return what the JSON in *content* holds, but for the people, which are read as they are taken; raise `InvalidInput`."""
    files = wrap_octets(content)
    try:
        return files, read_parts(files)
    except ExportUnreadable as error:
        raise InvalidInput(document=str(error)) from error


def verify_may_import(authority: Authority, realm: Realm, wanted: Wanted) -> None:
    """Raise `NotPermitted` unless the caller has whatever the document could give; that is `manage-realm`'s is seen to before."""
    if not wanted.gives_nothing:
        verify_covers(authority, find_authority_of_anybody(realm))


def take_in(services: Services, unit: Unit, realm: Realm, wanted: Wanted) -> list[Line]:
    """Take what is in the document into the realm, each object whole or not at all, and return the report.

    Raises `InvalidInput` where the document is beyond the bounds, `ImportRefused` where something failed and nothing may be there
    before. Then nothing of it may stay: the transaction has to be rolled back.
    """
    lines: list[Line] = []

    def tell(line: Line) -> None:
        if len(lines) >= MOST_LINES:
            raise ExportUnreadable(f"there is more to say about it than {MOST_LINES} lines: use `idp realm import`")
        lines.append(line)

    settings = services.settings
    means = Means(
        services.cipher,
        services.clock,
        services.passwords,
        settings.public_url,
        settings.published_at,
        Allowance(MOST_PASSWORDS),
    )
    job = Job(means, unit, Report(tell), wanted.on_conflict, realm.id, realm.name, set())
    with unit() as session:  # others who change groups and roles of the realm wait
        hold_by_id(session, Realm, realm.id)
    try:
        tell_what_stays(job, wanted.parts.members)
        import_into_realm(job, wanted.files, wanted.parts)
    except ExportUnreadable as error:
        raise InvalidInput(document=str(error)) from error
    if wanted.on_conflict is OnConflict.FAIL:
        verify_nothing_failed(lines)
    return lines


def verify_nothing_failed(lines: Sequence[Line]) -> None:
    """Raise `ImportRefused` with what failed."""
    failed = [line for line in lines if line.outcome is Outcome.FAILED]
    if failed:
        raise ImportRefused(failed)


def iterate_changes(lines: Sequence[Line]) -> Iterator[Change]:
    """Yield what was made and what was changed, for the events."""
    for line in lines:
        if line.outcome in {Outcome.TAKEN, Outcome.CHANGED} and line.kind in _CHANGES and line.row_id:
            created, changed, path = _CHANGES[line.kind]
            yield Change(
                created if line.outcome is Outcome.TAKEN else changed,
                f"{path}/{line.row_id}",
                line.row_id if line.kind == USER else None,
                line.name if line.kind == CLIENT else None,
            )


def count(lines: Sequence[Line]) -> dict[str, Any]:
    """Return how many objects had which outcome, as the import's event has it."""
    return {str(outcome): sum(line.outcome is outcome for line in lines) for outcome in Outcome}
