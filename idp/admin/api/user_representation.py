"""Accounts as Keycloak represents them (UserRepresentation, CredentialRepresentation, UserSessionRepresentation)."""

from typing import Any

from idp.admin.api.representation import Attributes, Representation, milliseconds
from idp.models import User, UserSession

# Keycloak has these as attributes, we have columns for them.
_COLUMNS_AS_ATTRIBUTES = ("locale", "zoneinfo")
COLUMNS = {
    "username": "username",
    "email": "email",
    "emailVerified": "email_verified",
    "firstName": "given_name",
    "lastName": "family_name",
    "enabled": "enabled",
    "requiredActions": "required_actions",
}


class CredentialRepresentation(Representation):
    """A credential; of a password only the value is ever read, and never told."""

    id: str | None = None
    type: str | None = None
    userLabel: str | None = None
    createdDate: int | None = None
    temporary: bool | None = None
    value: str | None = None


class UserRepresentation(Representation):
    """An account. Read are the fields of `COLUMNS`, `attributes`, and `credentials` when it is created."""

    id: str | None = None
    username: str | None = None
    firstName: str | None = None
    lastName: str | None = None
    email: str | None = None
    emailVerified: bool | None = None
    enabled: bool | None = None
    createdTimestamp: int | None = None
    totp: bool | None = None
    attributes: Attributes | None = None
    requiredActions: list[str] | None = None
    credentials: list[CredentialRepresentation] | None = None
    disableableCredentialTypes: list[str] | None = None
    notBefore: int | None = None
    serviceAccountClientId: str | None = None
    access: dict[str, bool] | None = None


class UserSessionRepresentation(Representation):
    """A session; `impersonatedBy` is of our own, the username of who is signed in as the account."""

    id: str
    username: str
    userId: str
    ipAddress: str
    start: int
    lastAccess: int
    rememberMe: bool = False
    impersonatedBy: str | None = None
    clients: dict[str, str]


def read_columns(representation: UserRepresentation) -> dict[str, Any]:
    """Return what `idp.users.changes.change_user` is to change: the fields that are there; null clears nothing but the address."""
    given = representation.model_fields_set
    wanted = {
        column: getattr(representation, name)
        for name, column in COLUMNS.items()
        if name in given and (getattr(representation, name) is not None or name == "email")
    }
    if representation.attributes is not None:
        attributes = dict(representation.attributes)
        for name in _COLUMNS_AS_ATTRIBUTES:
            wanted[name] = next(iter(attributes.pop(name, [])), "")
        wanted["attributes"] = attributes
    return wanted


def describe_user(user: User, *, access: dict[str, bool] | None = None) -> UserRepresentation:
    """Return the account with all that is told of it."""
    known = {name: [value] for name in _COLUMNS_AS_ATTRIBUTES if (value := getattr(user, name))}
    brief = describe_user_briefly(user)
    return brief.model_copy(
        update={
            "attributes": {**user.attributes, **known} or None,
            "requiredActions": list(user.required_actions),
            "disableableCredentialTypes": [],
            "notBefore": 0,
            "access": access,
        }
    )


def describe_user_briefly(user: User) -> UserRepresentation:
    """Return what lists tell with ``briefRepresentation``."""
    return UserRepresentation(
        id=user.id,
        username=user.username,
        firstName=user.given_name or None,
        lastName=user.family_name or None,
        email=user.email,
        emailVerified=user.email_verified,
        enabled=user.enabled,
        createdTimestamp=milliseconds(user.created_at),
        totp=user.two_factor_enabled_at is not None,
    )


def describe_session(row: UserSession, user: User, clients: dict[str, str]) -> UserSessionRepresentation:
    """Return the session with the *clients* (their rows' ids and client_ids) that have tokens from it."""
    return UserSessionRepresentation(
        id=row.id,
        username=user.username,
        userId=user.id,
        ipAddress=row.address,
        start=milliseconds(row.created_at),
        lastAccess=milliseconds(row.last_seen_at),
        impersonatedBy=(row.impersonator or {}).get("username"),
        clients=clients,
    )
