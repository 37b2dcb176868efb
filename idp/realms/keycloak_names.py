"""A realm's settings under Keycloak's names (RealmRepresentation): the REST API and realm exports have them from here.

What Keycloak has no name for stands under `attributes`, as `idp realm set` takes it: ``{"certificate_policy": "required"}``. What
is always so here (`bruteForceProtected`, `loginWithEmailAllowed`, …) is told and not read.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from idp.errors import InvalidInput
from idp.models import Realm
from idp.realms.changes import SETTINGS, describe_realm

_TEXTS = {"displayName": "display_name", "loginTheme": "theme"}
_NUMBERS = {"failureFactor": "max_login_failures"}
_SECONDS = {
    "accessTokenLifespan": "access_token_lifetime",
    "ssoSessionIdleTimeout": "session_idle_lifetime",
    "ssoSessionMaxLifespan": "session_lifetime",
    "offlineSessionIdleTimeout": "offline_idle_lifetime",
    "offlineSessionMaxLifespan": "offline_lifetime",
    "accessCodeLifespanLogin": "login_lifetime",
    "actionTokenGeneratedByUserLifespan": "action_link_lifetime",
    "waitIncrementSeconds": "lock_increment",
    "maxFailureWaitSeconds": "max_lock",
    "eventsExpiration": "event_retention",
}
NAMES: Mapping[str, str] = MappingProxyType({**_TEXTS, **_NUMBERS, **_SECONDS, "enabled": "enabled"})
"""Keycloak's name for each setting that it has one for, beside `passwordPolicy`."""

ALWAYS: Mapping[str, Any] = MappingProxyType(
    {
        "offlineSessionMaxLifespanEnabled": True,
        "bruteForceProtected": True,
        "registrationAllowed": False,
        "loginWithEmailAllowed": True,
        "duplicateEmailsAllowed": False,
        "resetPasswordAllowed": True,
        "editUsernameAllowed": False,
        "revokeRefreshToken": True,
        "eventsEnabled": True,
        "adminEventsEnabled": True,
        "adminEventsDetailsEnabled": True,
        "notBefore": 0,
    }
)
"""What cannot be set here, as it is the same for every realm."""

_POLICY = re.compile(r"length\((\d{1,4})\)")
_NAME_OF = {**{setting: name for name, setting in NAMES.items()}, "password_min_length": "passwordPolicy"}
OWN_SETTINGS = tuple(name for name in SETTINGS if name not in _NAME_OF)


def describe_settings(realm: Realm) -> dict[str, Any]:
    """Return the realm with its settings, as a RealmRepresentation has them."""
    shown = describe_realm(realm)
    return {
        **{name: getattr(realm, setting) for name, setting in NAMES.items()},
        **ALWAYS,
        "id": realm.id,
        "realm": realm.name,
        "passwordPolicy": f"length({realm.password_min_length})",
        "attributes": {name: shown[name] for name in OWN_SETTINGS},
    }


def read_settings(document: Mapping[str, Any]) -> dict[str, str]:
    """Return what `idp.realms.changes.change_realm` is to change; raise `InvalidInput` for a policy that would not be kept."""
    wanted: dict[str, str] = {}
    for name, setting in NAMES.items():
        value = document.get(name)
        if value is not None:
            wanted[setting] = f"{value}s" if name in _SECONDS else _show(value)
    if document.get("passwordPolicy"):
        wanted["password_min_length"] = _read_password_policy(document["passwordPolicy"])
    for name, value in (document.get("attributes") or {}).items():
        if name in OWN_SETTINGS and value is not None:
            wanted[name] = _show(value)
    return wanted


def rename_problems(error: InvalidInput) -> InvalidInput:
    """Return the problems under the names that the caller used."""
    return InvalidInput(**{_NAME_OF.get(name, name): text for name, text in error.fields.items()})


def _read_password_policy(policy: str) -> str:
    found = _POLICY.fullmatch(policy.strip())
    if found is None:
        raise InvalidInput(passwordPolicy="There is length(n), and nothing else.")
    return found[1]


def _show(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
