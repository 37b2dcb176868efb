"""People as an export has them, read by key some hundreds at a time."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, select
from sqlalchemy.orm import Session

from idp.models import MEMBER_OF_GROUP, ROLE_OF_USER, Client, User
from idp.transfer.groups_part import GroupBook
from idp.transfer.job import Unit
from idp.users.keycloak_credentials import PASSWORD, describe_password_hash

SplitRoles = Callable[[Iterable[str]], tuple[list[str], dict[str, list[str]]]]
_AT_ONCE = 500
_USER: Table = User.__table__  # type: ignore[assignment]


@dataclass(frozen=True)
class Names:
    """What roles and groups are called, by their ids, as of when it was read."""

    split: SplitRoles
    paths: Mapping[str, str]


def read_names(session: Session, realm_id: str, split: SplitRoles) -> Names:
    """Return the names for the realm."""
    return Names(split, GroupBook(session, realm_id).list_paths())


def iterate_users(transaction: Unit, realm_id: str, names: Names, *, secrets: bool) -> Iterator[dict[str, Any]]:
    """Yield each account, in the order of ids, with roles and groups by name; hashes only with *secrets*.

    What *transaction* opens is entered for some hundreds at a time, and is not open while the caller takes its time.
    """
    last = ""
    while True:
        with transaction() as session:
            told = _describe_some(session, realm_id, names, last, secrets=secrets)
        if not told:
            return
        last = told[-1]["id"]
        yield from told


def _describe_some(session: Session, realm_id: str, names: Names, after: str, *, secrets: bool) -> list[dict[str, Any]]:
    rows = _read(session, realm_id, after)
    ids = [row.id for row in rows]
    roles = _group_by_user(session, ROLE_OF_USER, ROLE_OF_USER.c.role_id, ids)
    groups = _group_by_user(session, MEMBER_OF_GROUP, MEMBER_OF_GROUP.c.group_id, ids)
    return [
        _describe(row, secrets=secrets)
        | dict(zip(("realmRoles", "clientRoles"), names.split(roles.get(row.id, [])), strict=True))
        | {"groups": sorted(names.paths[group] for group in groups.get(row.id, []) if group in names.paths)}
        for row in rows
    ]


def _read(session: Session, realm_id: str, after: str) -> Sequence[Any]:
    chosen = (
        select(*_USER.c, Client.client_id.label("account_of"))
        .outerjoin(Client, Client.id == _USER.c.service_account_client_id)
        .where(_USER.c.realm_id == realm_id, _USER.c.id > after)
    )
    return session.execute(chosen.order_by(_USER.c.id).limit(_AT_ONCE)).all()


def _group_by_user(session: Session, table: Table, column: Column[Any], ids: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for user_id, other in session.execute(select(table.c.user_id, column).where(table.c.user_id.in_(ids))):
        found.setdefault(user_id, []).append(other)
    return found


def _describe(row: Any, *, secrets: bool) -> dict[str, Any]:
    columns = {name: [value] for name in ("locale", "zoneinfo") if (value := getattr(row, name))}
    told = {
        "id": row.id,
        "createdTimestamp": _milliseconds(row.created_at),
        "username": row.username,
        "email": row.email,
        "emailVerified": row.email_verified,
        "firstName": row.given_name,
        "lastName": row.family_name,
        "enabled": row.enabled,
        "attributes": {**row.attributes, **columns},
        "requiredActions": row.required_actions,
        "credentials": _describe_password(row) if secrets else [],
    }
    return told if row.account_of is None else {**told, "serviceAccountClientId": row.account_of}


def _describe_password(row: Any) -> list[dict[str, Any]]:
    told = None if row.password_hash is None else describe_password_hash(row.password_hash)
    if told is None:
        return []
    return [{"type": PASSWORD, "createdDate": _milliseconds(row.password_changed_at or row.created_at), **told}]


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
