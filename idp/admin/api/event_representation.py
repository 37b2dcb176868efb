"""Events in Keycloak's words (EventRepresentation, AdminEventRepresentation), under its names where it has one.

A type without a name of Keycloak's is its tag in capitals: ``certificate:login:failure`` is CERTIFICATE_LOGIN_FAILURE.
"""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from idp.admin.api.representation import Representation, milliseconds
from idp.errors import InvalidInput
from idp.events.tags import Tag
from idp.models import Event

_ADMINISTRATIVE = "admin:"
_KEYCLOAK: Mapping[str, str] = MappingProxyType(
    {
        Tag.LOGIN_SUCCESS: "LOGIN",
        Tag.LOGIN_FAILURE: "LOGIN_ERROR",
        Tag.LOGIN_LOCKED: "USER_DISABLED_BY_TEMPORARY_LOCKOUT",
        Tag.LOGOUT: "LOGOUT",
        Tag.LOGOUT_REFUSED: "LOGOUT_ERROR",
        Tag.IMPERSONATION_BEGUN: "IMPERSONATE",
        Tag.PASSWORD_CHANGED: "UPDATE_PASSWORD",
        Tag.PASSWORD_RESET: "RESET_PASSWORD",
        Tag.EMAIL_VERIFIED: "VERIFY_EMAIL",
        Tag.PROFILE_CHANGED: "UPDATE_PROFILE",
        Tag.CONSENT_GIVEN: "GRANT_CONSENT",
        Tag.CONSENT_REVOKED: "REVOKE_GRANT",
        Tag.TOKEN_EXCHANGED: "TOKEN_EXCHANGE",
        Tag.CLIENT_REFUSED: "CLIENT_LOGIN_ERROR",
        Tag.CLIENT_REGISTERED: "CLIENT_REGISTER",
        Tag.REGISTRATION_CHANGED: "CLIENT_UPDATE",
        Tag.REGISTRATION_DELETED: "CLIENT_DELETE",
    }
)
_OPERATIONS = {
    "create": "CREATE",
    "add": "CREATE",
    "issue": "CREATE",
    "trust": "CREATE",
    "change": "UPDATE",
    "delete": "DELETE",
    "remove": "DELETE",
}
OPERATIONS = ("CREATE", "UPDATE", "DELETE", "ACTION")


class EventRepresentation(Representation):
    """Something that happened to somebody."""

    id: str
    time: int
    type: str
    realmId: str
    clientId: str | None = None
    userId: str | None = None
    sessionId: str | None = None
    ipAddress: str | None = None
    error: str | None = None
    details: dict[str, str]


class AuthDetailsRepresentation(Representation):
    """Who did it, and from where."""

    realmId: str | None = None
    clientId: str | None = None
    userId: str | None = None
    username: str | None = None
    ipAddress: str | None = None


class AdminEventRepresentation(Representation):
    """Something that an administrator did; `representation` is JSON with `before` and `after`, `details` has our tag."""

    id: str
    time: int
    realmId: str
    authDetails: AuthDetailsRepresentation
    operationType: str
    resourceType: str
    resourcePath: str | None = None
    representation: str | None = None
    details: dict[str, str]


def find_type(tag: str) -> str:
    """Return the type of an event with that tag."""
    return _KEYCLOAK.get(tag) or tag.upper().replace(":", "_").replace("-", "_")


def list_types() -> list[str]:
    """Return all types of events that are not administrators'."""
    return sorted({find_type(tag) for tag in Tag if not tag.startswith(_ADMINISTRATIVE)})


def find_tags(types: Iterable[str]) -> list[str]:
    """Return the tags of events of those types; raise `InvalidInput` where there is no such type."""
    wanted = set(types)
    unknown = wanted.difference(list_types())
    if unknown:
        raise InvalidInput(type=f"There is no type {min(unknown)[:64]}; /events/config has them all.")
    return [tag for tag in Tag if not tag.startswith(_ADMINISTRATIVE) and find_type(tag) in wanted]


def find_administrative_tags(operations: Iterable[str] | None, resources: Iterable[str] | None) -> list[str] | None:
    """Return the tags of what administrators did with these operations on these types of resources; None is all."""
    if operations is None and resources is None:
        return None
    tags = [tag for tag in Tag if tag.startswith(_ADMINISTRATIVE)]
    if operations is not None:
        tags = [tag for tag in tags if _find_operation(tag) in set(operations)]
    if resources is not None:
        tags = [tag for tag in tags if _find_resource_type(tag) in set(resources)]
    return [str(tag) for tag in tags]


def describe_event(row: Event) -> EventRepresentation:
    """Return an event."""
    return EventRepresentation(
        id=row.id,
        time=milliseconds(row.at),
        type=find_type(row.tag),
        realmId=row.realm_id or "",
        clientId=row.client_id,
        userId=row.user_id,
        sessionId=row.session_id,
        ipAddress=row.address or None,
        error=_find_error(row),
        details={name: _show(value) for name, value in {"tag": row.tag, **row.details}.items() if value is not None},
    )


def describe_admin_event(row: Event) -> AdminEventRepresentation:
    """Return what an administrator did."""
    by = row.details.get("by")
    who = by if isinstance(by, dict) else {"username": by}
    change = {name: value for name, value in row.details.items() if name not in {"by", "resource"}}
    return AdminEventRepresentation(
        id=row.id,
        time=milliseconds(row.at),
        realmId=row.realm_id or "",
        authDetails=AuthDetailsRepresentation(
            realmId=who.get("realm"),
            clientId=who.get("client_id"),
            userId=who.get("user_id"),
            username=who.get("username"),
            ipAddress=row.address or None,
        ),
        operationType=_find_operation(row.tag),
        resourceType=_find_resource_type(row.tag),
        resourcePath=row.details.get("resource"),
        representation=json.dumps(change) if change else None,
        details={"tag": row.tag},
    )


def _find_error(row: Event) -> str | None:
    failed = find_type(row.tag).endswith(("_ERROR", "_FAILURE"))
    return _show(row.details.get("reason") or row.details.get("error") or "refused") if failed else None


def _find_operation(tag: str) -> str:
    return _OPERATIONS.get(tag.rpartition(":")[2], "ACTION")


def _find_resource_type(tag: str) -> str:
    return tag.split(":")[1].upper().replace("-", "_")


def _show(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
