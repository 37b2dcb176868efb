"""A realm as Keycloak represents it (RealmRepresentation); what of it is read, `idp.realms.keycloak_names` says."""

from typing import Any

from idp.admin.api.representation import Representation
from idp.models import Realm
from idp.realms import keycloak_names


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
    eventsExpiration: int | None = None
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
    return RealmRepresentation(**keycloak_names.describe_settings(realm))


def read_settings(representation: RealmRepresentation) -> dict[str, str]:
    """Return what `idp.realms.changes.change_realm` is to change; raise `InvalidInput` for a policy that would not be kept."""
    return keycloak_names.read_settings(representation.model_dump(exclude_none=True))
