"""Groups with those within them, their attributes and the roles they give."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from idp.errors import InvalidInput
from idp.models import ROLE_OF_GROUP, Group
from idp.transfer.export_files import Parts
from idp.transfer.job import Attempt, Job
from idp.transfer.report import Outcome
from idp.transfer.role_book import RoleBook
from idp.transfer.roles_part import free_id, read_attributes
from idp.transfer.values import list_of, lists_of, read_object, text_of, texts_of
from idp.users.group_policy import publish_demand
from idp.users.groups import verify_group_attributes

GROUP = "group"


class GroupBook:
    """The groups of a realm by their paths, such as ``/staff/support``."""

    def __init__(self, session: Session, realm_id: str) -> None:
        rows = session.execute(select(Group.id, Group.parent_id, Group.name).where(Group.realm_id == realm_id)).all()
        self._rows = {group_id: (parent_id, name) for group_id, parent_id, name in rows}
        self._ids = {self._path(group_id): group_id for group_id in self._rows}

    def find(self, path: str) -> str | None:
        """Return the group's id, or None."""
        return self._ids.get(path)

    def list_paths(self) -> dict[str, str]:
        """Return the path of each group by its id."""
        return {group_id: path for path, group_id in self._ids.items()}

    def add(self, path: str, group_id: str) -> None:
        """Enter a group that has been made."""
        self._ids[path] = group_id

    def _path(self, group_id: str) -> str:
        names: list[str] = []
        step: str | None = group_id
        while step is not None and len(names) <= len(self._rows):
            step, name = self._rows[step]
            names.append(name)
        return "/" + "/".join(reversed(names))


@dataclass(frozen=True)
class _Desk:
    """Where groups are taken in."""

    job: Job
    session: Session
    groups: GroupBook
    roles: RoleBook


@dataclass(frozen=True)
class _Found:
    """A group of the export: where it stands in the file, and the path of the group that it stands in."""

    where: str
    parent: str
    document: Any

    @property
    def path(self) -> str:
        name = self.document.get("name") if isinstance(self.document, dict) else None
        return f"{self.parent}/{name}" if isinstance(name, str) else self.where


def import_groups(job: Job, parts: Parts) -> None:
    """Take the groups from the top down; what stands in a group that failed has nowhere to go, and fails."""
    with job.unit() as session:
        desk = _Desk(job, session, GroupBook(session, job.realm_id), RoleBook(session, job.realm_id))
        for index, value in parts.iterate("groups"):
            waiting = [_Found(f"groups[{index}]", "", value)]
            while waiting:
                group = waiting.pop(0)
                taken = job.attempt(session, GROUP, group.path, partial(_take, desk, group))
                within = _list_within(group)
                if taken:
                    waiting[:0] = within
                for lost in [] if taken else within:
                    job.report.add(
                        Outcome.FAILED, GROUP, lost.path, "the group that it stands in failed, with all within"
                    )
        _let_new_people_join(desk, parts.members)


def _let_new_people_join(desk: _Desk, members: Mapping[str, Any]) -> None:
    """Let new people join the groups that the realm names for that."""
    try:
        paths = texts_of(members, "defaultGroups")
    except InvalidInput as error:
        desk.job.report.add(Outcome.FAILED, GROUP, "defaultGroups", str(error))
        return
    for path in paths:
        group_id = desk.groups.find(path)
        if group_id is None:
            desk.job.report.add(Outcome.LEFT, GROUP, path, "new people cannot join it: it is not here")
        else:
            desk.session.get_one(Group, group_id).joined_by_new = True


def _list_within(group: _Found) -> list[_Found]:
    found = group.document.get("subGroups") if isinstance(group.document, dict) else None
    listed = enumerate(found if isinstance(found, list) else [])
    return [_Found(f"{group.where}.subGroups[{index}]", group.path, child) for index, child in listed]


def _take(desk: _Desk, group: _Found, attempt: Attempt) -> Outcome:
    told, job = read_object(group.document), desk.job
    name = text_of(told, "name")
    if not name or "/" in name:
        raise InvalidInput(name="A name is needed, without a slash.")
    list_of(told, "subGroups")
    attributes = read_attributes(told, verify_group_attributes)
    given = desk.roles.resolve(texts_of(told, "realmRoles"), lists_of(told, "clientRoles"), attempt)
    known = desk.groups.find(group.path)
    attempt.row_id = known or ""
    outcome = Outcome.TAKEN if known is None else job.meet()
    if outcome is Outcome.SKIPPED:
        return outcome
    row_id = attempt.row_id = _insert(desk, group, name) if known is None else known
    row = desk.session.get_one(Group, row_id)
    row.attributes, row.description = attributes, text_of(told, "description")
    publish_demand(desk.session, row)
    _give(desk.session, row_id, given)
    return outcome


def _insert(desk: _Desk, group: _Found, name: str) -> str:
    row_id, parent_id = free_id(desk.session, Group.__table__, group.document), desk.groups.find(group.parent)
    desk.session.add(Group(id=row_id, realm_id=desk.job.realm_id, parent_id=parent_id, name=name))
    desk.session.flush()
    desk.groups.add(group.path, row_id)
    return row_id


def _give(session: Session, group_id: str, role_ids: list[str]) -> None:
    known = set(session.scalars(select(ROLE_OF_GROUP.c.role_id).where(ROLE_OF_GROUP.c.group_id == group_id)))
    missing = [role_id for role_id in role_ids if role_id not in known]
    if missing:
        session.execute(insert(ROLE_OF_GROUP), [{"group_id": group_id, "role_id": role_id} for role_id in missing])
