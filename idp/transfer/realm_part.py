"""The realm itself: made complete where there is none, and its settings."""

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from idp.errors import InvalidInput
from idp.models import Realm
from idp.provisioning import provision_realm
from idp.realms.changes import change_realm
from idp.realms.keycloak_names import ALWAYS, NAMES, read_settings
from idp.realms.realms import find_realm
from idp.transfer.export_files import LISTS, USERS
from idp.transfer.job import Attempt, Job
from idp.transfer.report import Outcome
from idp.transfer.scope_mappings_part import OF_CLIENTS, OF_REALM
from idp.transfer.scopes_part import ASSIGNMENTS
from idp.users.newcomers import PREFIX

REALM = "realm"
_READ_ELSEWHERE = {
    *(
        "id",
        "realm",
        "ifResourceExists",
        "policy",
        "roles",
        "attributes",
        "passwordPolicy",
        "defaultRole",
        "defaultGroups",
    ),
    *(OF_REALM, OF_CLIENTS),
    *(USERS, *ASSIGNMENTS, *LISTS, *NAMES, *ALWAYS),
}
_SETTINGS = (*NAMES, "passwordPolicy", "attributes")
_THEIR_THEMES = re.compile(r"keycloak.*|base|rh-sso")


def import_realm(job: Job, members: Mapping[str, Any], name: str) -> None:
    """Make or find the realm *name*, and set what the export says of it."""
    with job.unit() as session:
        realm, outcome = _find_or_make(job, session, name)
        job.realm_id, job.realm_name = realm.id, realm.name
        notes = Attempt()
        if outcome is not Outcome.SKIPPED:
            _set(realm, members, notes)
        job.report.add(outcome, REALM, name)
        for note in [*notes.notes, *_list_unread(members), *_list_renamed(members, realm.name)]:
            job.report.add(Outcome.LEFT, REALM, name, note)


def tell_what_stays(job: Job, members: Mapping[str, Any]) -> None:
    """Report what of the realm itself the export has, and an import into a realm that is there passes over."""
    if any(name in members for name in _SETTINGS):
        job.report.add(Outcome.LEFT, REALM, job.realm_name, "its settings stay as they are")
    for note in [*_list_unread(members), *_list_renamed(members, job.realm_name)]:
        job.report.add(Outcome.LEFT, REALM, job.realm_name, note)


def _find_or_make(job: Job, session: Session, name: str) -> tuple[Realm, Outcome]:
    known = find_realm(session, name)
    if known is not None:
        return known, job.meet()
    means = job.means
    realm = provision_realm(
        session,
        means.cipher,
        means.clock,
        public_url=means.public_url,
        name=name,
        published_at=means.published_at,
    )
    return realm, Outcome.TAKEN


def _set(realm: Realm, members: Mapping[str, Any], attempt: Attempt) -> None:
    """Set each setting that can be; a realm without one of them is still the realm."""
    wanted = {name: members[name] for name in ("enabled", *NAMES) if isinstance(members.get(name), str | int | bool)}
    if _THEIR_THEMES.fullmatch(str(wanted.get("loginTheme", ""))):
        attempt.notes.append(f"loginTheme: {wanted.pop('loginTheme')} is a theme of theirs")
    wanted["passwordPolicy"] = _read_policy(members.get("passwordPolicy"), attempt)
    attributes = members.get("attributes")
    wanted["attributes"] = attributes if isinstance(attributes, Mapping) else {}
    for setting, text in read_settings(wanted).items():
        try:
            change_realm(realm, {setting: text})
        except InvalidInput as error:
            attempt.notes.append(f"{error} (it is {text[:40]})")


def _read_policy(policy: Any, attempt: Attempt) -> str:
    rules = [rule.strip() for rule in policy.split(" and ")] if isinstance(policy, str) and policy else []
    length = [rule for rule in rules if re.fullmatch(r"length\(\d{1,4}\)", rule)]
    attempt.notes += [f"passwordPolicy: there is no {rule} here" for rule in rules if rule not in length]
    return length[0] if length else ""


def _list_unread(members: Mapping[str, Any]) -> list[str]:
    notes = [
        f"{name}: {_describe(value)} has no counterpart here"
        for name, value in members.items()
        if name not in _READ_ELSEWHERE and value not in (None, "", False, 0) and value not in ([], {})
    ]
    fixed = [
        f"{name}: it is always {str(ALWAYS[name]).lower()} here"
        for name, value in members.items()
        if name in ALWAYS and value != ALWAYS[name]
    ]
    return notes + fixed


def _list_renamed(members: Mapping[str, Any], name: str) -> list[str]:
    """Return a line where the role of new people has another name in the realm that it comes into."""
    role = members.get("defaultRole")
    theirs = role.get("name") if isinstance(role, Mapping) else None
    if theirs in (None, f"{PREFIX}{name}"):
        return []
    return [f"defaultRole: {str(theirs)[:80]} is a role like others here; what new people get is in {PREFIX}{name}"]


def _describe(value: Any) -> str:
    if isinstance(value, list | dict):
        return f"{len(value)} in number"
    return str(value)[:40] if isinstance(value, bool | int) else "the text"
