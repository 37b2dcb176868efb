"""A realm as Keycloak represents it (RealmRepresentation): what we have under its names, the rest of ours under `attributes`.

`attributes` has every setting that Keycloak has no name for, as `idp realm set` takes it: ``{"certificate_policy": "required"}``.
What is always so here (`bruteForceProtected`, `loginWithEmailAllowed`, …) is told and not read.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from idp.admin.api.representation import Representation
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
}
NAMES: Mapping[str, str] = MappingProxyType({**_TEXTS, **_NUMBERS, **_SECONDS, "enabled": "enabled"})
"""Keycloak's name for each setting that it has one for, beside `passwordPolicy`."""

_POLICY = re.compile(r"length\((\d{1,4})\)")
_NAME_OF = {**{setting: name for name, setting in NAMES.items()}, "password_min_length": "passwordPolicy"}
OWN_SETTINGS = tuple(name for name in SETTINGS if name not in _NAME_OF)


class RealmRepresentation(Representation):
    """A realm."""

    id: str | None = None
    realm: str | None = None
    displayName: str | None = None
    enabled: bool | None = None
    loginTheme: str | None = None
    accessTokenLifespan: int | None = None
    ssoSessionIdleTimeout: int | None = None
    ssoSessionMaxLifespan: int | None = None
    offlineSessionIdleTimeout: int | None = None
    offlineSessionMaxLifespan: int | None = None
    offlineSessionMaxLifespanEnabled: bool | None = None
    accessCodeLifespanLogin: int | None = None
    actionTokenGeneratedByUserLifespan: int | None = None
    bruteForceProtected: bool | None = None
    failureFactor: int | None = None
    waitIncrementSeconds: int | None = None
    maxFailureWaitSeconds: int | None = None
    passwordPolicy: str | None = None
    registrationAllowed: bool | None = None
    loginWithEmailAllowed: bool | None = None
    duplicateEmailsAllowed: bool | None = None
    resetPasswordAllowed: bool | None = None
    editUsernameAllowed: bool | None = None
    revokeRefreshToken: bool | None = None
    eventsEnabled: bool | None = None
    adminEventsEnabled: bool | None = None
    adminEventsDetailsEnabled: bool | None = None
    notBefore: int | None = None
    attributes: dict[str, Any] | None = None


def describe_realm_briefly(realm: Realm) -> RealmRepresentation:
    """Return what everybody may know who has any permission in the realm."""
    return RealmRepresentation(
        id=realm.id, realm=realm.name, displayName=realm.display_name or None, enabled=realm.enabled
    )


def describe_realm_fully(realm: Realm) -> RealmRepresentation:
    """Return the realm with its settings."""
    shown = describe_realm(realm)
    named: dict[str, Any] = {name: getattr(realm, setting) for name, setting in NAMES.items()}
    return RealmRepresentation(
        **named,
        id=realm.id,
        realm=realm.name,
        passwordPolicy=f"length({realm.password_min_length})",
        offlineSessionMaxLifespanEnabled=True,
        bruteForceProtected=True,
        registrationAllowed=False,
        loginWithEmailAllowed=True,
        duplicateEmailsAllowed=False,
        resetPasswordAllowed=True,
        editUsernameAllowed=False,
        revokeRefreshToken=True,
        eventsEnabled=True,
        adminEventsEnabled=True,
        adminEventsDetailsEnabled=True,
        notBefore=0,
        attributes={name: shown[name] for name in OWN_SETTINGS},
    )


def read_settings(representation: RealmRepresentation) -> dict[str, str]:
    """Return what `idp.realms.changes.change_realm` is to change; raise `InvalidInput` for a policy that would not be kept."""
    wanted: dict[str, str] = {}
    for name, setting in NAMES.items():
        value = getattr(representation, name)
        if value is not None:
            wanted[setting] = f"{value}s" if name in _SECONDS else _show(value)
    if representation.passwordPolicy:
        wanted["password_min_length"] = _read_password_policy(representation.passwordPolicy)
    for name, value in (representation.attributes or {}).items():
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
