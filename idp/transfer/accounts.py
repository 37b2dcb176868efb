"""A person's account as an export has it, checked and ready to be written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from idp.errors import InvalidInput
from idp.models import new_id
from idp.transfer.groups_part import GroupBook
from idp.transfer.job import Attempt, Means
from idp.transfer.role_book import RoleBook
from idp.transfer.values import flag_of, id_of, list_of, lists_of, read_object, text_of, texts_of
from idp.users.changes import REQUIRED_ACTIONS, verify_columns
from idp.users.keycloak_credentials import PASSWORD, read_password_hash
from idp.users.passwords import MAX_LENGTH
from idp.users.users import UPDATE_PASSWORD

_LATEST = 32503680000  # the year 3000
_COLUMNS_AS_ATTRIBUTES = ("locale", "zoneinfo")
_WITHOUT_COUNTERPART = {
    "federatedIdentities": "sign-in by other providers",
    "federationLink": "an account of another directory, whose password is not in the file",
    "clientConsents": "consents, which people give anew",
    "disabledCredentialTypes": "credentials that are disabled",
    "socialLinks": "sign-in by other providers",
}


@dataclass(frozen=True)
class Account:
    """The columns of the row, and the ids of roles and groups; `client_id` where it is a client's account."""

    where: str
    columns: dict[str, Any]
    roles: list[str]
    groups: list[str]
    notes: list[str]
    client_id: str = ""

    @property
    def name(self) -> str:
        """What it is called in the report."""
        return f"{self.columns['username']} ({self.where})"


@dataclass(frozen=True)
class Books:
    """The roles and the groups that accounts refer to by name."""

    roles: RoleBook
    groups: GroupBook


def read_account(means: Means, realm_id: str, books: Books, where: str, value: Any) -> Account:
    """Return the account; raise `InvalidInput` with all that is wrong about one of its parts."""
    document = read_object(value)
    attempt = Attempt()
    attributes = lists_of(document, "attributes")
    named = {name: next(iter(attributes.pop(name, [])), "") for name in _COLUMNS_AS_ATTRIBUTES}
    wanted = {
        "username": text_of(document, "username"),
        "email": text_of(document, "email") or None,
        "email_verified": flag_of(document, "emailVerified"),
        "given_name": text_of(document, "firstName"),
        "family_name": text_of(document, "lastName"),
        "enabled": flag_of(document, "enabled", default=True),
        "attributes": attributes,
        **named,
    }
    columns = verify_columns(wanted)
    actions = texts_of(document, "requiredActions")
    attempt.notes += [f"required action {action}" for action in actions if action not in REQUIRED_ACTIONS]
    attempt.notes += [f"{name}: {text}" for name, text in _WITHOUT_COUNTERPART.items() if document.get(name)]
    columns |= _read_credentials(means, document, attempt, actions)
    columns |= {"id": id_of(document) or new_id(), "realm_id": realm_id, **_read_times(means, document, columns)}
    return Account(
        where,
        columns,
        books.roles.resolve(texts_of(document, "realmRoles"), lists_of(document, "clientRoles"), attempt),
        _find_groups(books.groups, texts_of(document, "groups"), attempt),
        attempt.notes,
        text_of(document, "serviceAccountClientId"),
    )


def _read_credentials(
    means: Means, document: Mapping[str, Any], attempt: Attempt, actions: list[str]
) -> dict[str, Any]:
    """Return the password's hash and when it was set; a hash that cannot be verified leaves the account without a password."""
    columns: dict[str, Any] = {"password_hash": None, "password_changed_at": None}
    for value in list_of(document, "credentials"):
        credential = read_object(value)
        kind = credential.get("type")
        if kind != PASSWORD:
            attempt.notes.append(f"credential {str(kind)[:40]}")
            continue
        try:
            columns["password_hash"] = _read_password(means, credential)
            columns["password_changed_at"] = _instant(credential.get("createdDate")) or means.clock.now()
        except InvalidInput as error:
            attempt.notes.append(f"it comes without a password: {'; '.join(error.fields.values())}")
        if flag_of(credential, "temporary"):
            actions.append(UPDATE_PASSWORD)
    columns["required_actions"] = list(dict.fromkeys(action for action in actions if action in REQUIRED_ACTIONS))
    return columns


def _read_password(means: Means, credential: Mapping[str, Any]) -> str:
    password = credential.get("value")
    if not isinstance(password, str) or not password:
        return read_password_hash(credential)
    if len(password) > MAX_LENGTH:
        raise InvalidInput(password="It is too long.")
    means.plain_passwords.take_one()
    return means.hasher.hash(password)


def _read_times(means: Means, document: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, datetime]:
    now = means.clock.now()
    created = _instant(document.get("createdTimestamp")) or now
    return {"created_at": min(created, now), "updated_at": now} | (
        {"password_changed_at": min(columns["password_changed_at"], now)} if columns["password_changed_at"] else {}
    )


def _instant(milliseconds: Any) -> datetime | None:
    plain = isinstance(milliseconds, int | float) and not isinstance(milliseconds, bool)
    if not plain or not 0 < milliseconds < _LATEST * 1000:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _find_groups(groups: GroupBook, paths: list[str], attempt: Attempt) -> list[str]:
    attempt.notes += [f"there is no group {path} here" for path in paths if groups.find(path) is None]
    return [found for path in paths if (found := groups.find(path)) is not None]
