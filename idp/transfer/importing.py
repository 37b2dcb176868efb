"""An import from beginning to end: what refers to something comes after it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from idp.errors import InvalidInput
from idp.events.record import EventRecord, save_events
from idp.events.tags import Tag
from idp.realms.realms import get_realm
from idp.transfer.clients_part import import_clients
from idp.transfer.export_files import ExportFiles, Parts, find_export, iterate_users, read_parts
from idp.transfer.groups_part import import_groups
from idp.transfer.job import Job
from idp.transfer.realm_part import import_realm
from idp.transfer.report import Outcome
from idp.transfer.roles_part import import_roles
from idp.transfer.scope_mappings_part import import_scope_mappings
from idp.transfer.users_part import import_users


@dataclass(frozen=True)
class Progress:
    """Who wants to know how far it is: told of bytes of people that were read, and of people that are done."""

    on_read: Callable[[int], None] = lambda _: None
    on_done: Callable[[int], None] = lambda _: None


def import_export(job: Job, path: Path, *, name: str = "", users_only: bool = False, progress: Progress) -> None:
    """Take the export at *path* into the realm *name*, or the one that it names itself.

    Raises `ExportUnreadable` where the file is damaged (what came before is taken, and a second run goes on from there),
    `InvalidInput` or `Conflict` where there can be no such realm.
    """
    files = find_export(path)
    if users_only:
        _use_realm(job, name or _read_name(files))
    else:
        parts = read_parts(files)
        import_realm(job, parts.members, name or _name_of(parts.members.get("realm")))
        _import_parts(job, parts)
    try:
        import_users(job, iterate_users(files, progress.on_read), progress.on_done)
    finally:
        _record(job)


def import_into_realm(job: Job, files: ExportFiles, parts: Parts) -> None:
    """Take what is in the export into the realm that the job names, whose settings stay as they are; raise `ExportUnreadable`."""
    _import_parts(job, parts)
    import_users(job, iterate_users(files, lambda _: None), lambda _: None)


def _import_parts(job: Job, parts: Parts) -> None:
    import_clients(job, parts)
    import_roles(job, parts.members)
    import_scope_mappings(job, parts.members)
    import_groups(job, parts)


def _use_realm(job: Job, name: str) -> None:
    with job.unit() as session:
        realm = get_realm(session, name)
        job.realm_id, job.realm_name = realm.id, realm.name


def _read_name(files: ExportFiles) -> str:
    return _name_of(read_parts(files).members.get("realm"))


def _name_of(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidInput(realm="The export does not name its realm: say which with --realm.")
    return value


def _record(job: Job) -> None:
    """Note in the realm's events that it happened, and how it came out."""
    counts = {str(outcome): job.report.count(outcome) for outcome in Outcome}
    with job.unit() as session:
        details = {"by": "command line", **counts}
        at = job.means.clock.now()
        save_events(session, [EventRecord(tag=Tag.REALM_IMPORTED, at=at, realm_id=job.realm_id, details=details)])
